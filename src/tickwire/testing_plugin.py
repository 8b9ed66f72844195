"""The pytest plugin: the fixture `play` opens rooms in virtual time. It is there wherever tickwire is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # every run of pytest imports this file, whatever it tests
    from tickwire.testing import GameT, PlayedRoom


class Play:
    """What the fixture `play` is: call it with a game.

    Args:
        twice: whether rooms are played twice, if a test does not say.
    """

    def __init__(self, *, twice: bool = False) -> None:
        self._twice = twice

    def __call__(
        self,
        game: type[GameT],
        *,
        seed: int = 1,
        bots: int = 0,
        seats: int | None = None,
        strict: bool = True,
        twice: bool | None = None,
    ) -> PlayedRoom[GameT]:
        """A room with nobody in it.

        Args:
            game: its class.
            seed: of its chance, and of the faults.
            bots: how many seats bots fill.
            seats: how many there are, if not as many as the game says.
            strict: whether rules that go by the clock, by other chance or by files raise, with their line.
            twice: whether it is played twice; None for what `--tickwire-twice` says.

        Raises:
            ContractError: the game breaks the contract.
        """
        from tickwire.testing import PlayedRoom

        again = self._twice if twice is None else twice
        return PlayedRoom(game, seed=seed, bots=bots, seats=seats, strict=strict, twice=again)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The plugin's option."""
    parser.getgroup("tickwire").addoption(
        "--tickwire-twice",
        action="store_true",
        help="Play each room of the fixture `play` twice, and fail where it is not the same.",
    )


@pytest.fixture
def play(request: pytest.FixtureRequest) -> Play:
    """Opens rooms of games in virtual time: `room = play(MyGame, seed=7)`."""
    return Play(twice=request.config.getoption("--tickwire-twice"))
