from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickwire.client.prediction import MAX_UNACKNOWLEDGED, Prediction
from tickwire.game.blend import Smooth


@dataclass(frozen=True)
class Cart:
    """Something with inertia, so that an error in one tick shows in all later ones."""

    x: int = 0
    speed: int = 0
    heading: int = 0


def drive(cart: Cart, push: int) -> Cart:
    speed = cart.speed + push
    return Cart(cart.x + speed, speed, (cart.heading + 10 * push) % 360)


def values(cart: Cart) -> dict[str, float]:
    return {"x": cart.x, "heading": cart.heading, "speed": cart.speed}


FIELDS = {"x": Smooth(jump=1000), "heading": Smooth("angle")}


def prediction(start: Cart = Cart(), *, fade: float = 0.15) -> Prediction[Cart, int]:
    return Prediction(drive, values, FIELDS, start, fade=fade)


pushes = st.lists(st.integers(-3, 3), max_size=60)


# --- the same inputs, the same state ---


@given(pushes, st.integers(0, 20))
def test_with_the_same_inputs_the_prediction_is_what_the_server_comes_to(inputs: list[int], late: int) -> None:
    cart, server = prediction(), [Cart()]
    for mark, push in enumerate(inputs, 1):
        cart.apply(mark, push, now=mark / 30)
        server.append(drive(server[-1], push))
        acked = max(0, mark - late)
        correction = cart.reconcile(server[acked], acked, now=mark / 30)
        assert correction.error == {}
        assert cart.state == server[mark]
        assert cart.shown(mark / 30) == values(server[mark])


@given(pushes, st.integers(0, 20), st.data())
def test_whatever_the_server_says_the_prediction_is_its_state_with_what_it_does_not_have(
    inputs: list[int], late: int, data: st.DataObject
) -> None:
    cart = prediction()
    for mark, push in enumerate(inputs, 1):
        cart.apply(mark, push, now=0.0)
        acked = max(0, mark - late)
        said = Cart(data.draw(st.integers(-50, 50)), data.draw(st.integers(-5, 5)))
        cart.reconcile(said, acked, now=0.0)
        expected = said
        for later in inputs[acked:mark]:
            expected = drive(expected, later)
        assert cart.state == expected


def test_an_input_shows_at_once() -> None:
    cart = prediction()
    cart.apply(1, 3, now=0.0)
    assert cart.shown(0.0)["x"] == 3
    assert cart.shown(0.0, share=1 / 3)["x"] == 1


def test_an_older_state_than_the_last_is_left_out() -> None:
    cart = prediction()
    cart.apply(1, 1, now=0.0)
    cart.apply(2, 1, now=0.0)
    cart.reconcile(Cart(3, 2), 2, now=0.1)
    cart.reconcile(Cart(-100, 0), 1, now=0.1)
    assert cart.state == Cart(3, 2)


def test_an_input_that_goes_back_in_marks_is_refused() -> None:
    cart = prediction()
    cart.apply(5, 1, now=0.0)
    for mark in (5, 4):
        with pytest.raises(ValueError, match="ascend"):
            cart.apply(mark, 1, now=0.0)
    cart.reconcile(Cart(), 9, now=0.0)
    with pytest.raises(ValueError, match="ascend"):
        cart.apply(9, 1, now=0.0)


def test_on_a_dead_link_only_so_many_inputs_are_kept() -> None:
    cart = prediction()
    for mark in range(1, 1000):
        cart.apply(mark, 1, now=0.0)
    cart.reconcile(Cart(), 0, now=0.0)
    expected = Cart()
    for _ in range(MAX_UNACKNOWLEDGED):
        expected = drive(expected, 1)
    assert cart.state == expected


# --- what is seen ---

errors = st.integers(-500, 500).filter(bool)


@given(errors, st.integers(-175, 175), st.floats(0, 1))
def test_what_is_seen_does_not_jump_and_ends_where_it_should(error: int, turned: int, share: float) -> None:
    cart = prediction()
    for mark in range(1, 6):
        cart.apply(mark, 1, now=1.0)
    seen = cart.shown(1.0, share)
    said = Cart(1 + error, 1, (10 + turned) % 360)
    correction = cart.reconcile(said, 1, now=1.0, share=share)
    assert correction.error["x"] == -error
    assert abs(FIELDS["heading"].difference(correction.error["heading"], -turned)) < 1e-6
    assert cart.shown(1.0, share)["x"] == pytest.approx(seen["x"])
    assert abs(FIELDS["heading"].difference(seen["heading"], cart.shown(1.0, share)["heading"])) < 1e-6
    assert cart.shown(1.15 + 1e-6) == values(cart.state)


@given(errors, st.sampled_from([0.1, 0.15, 0.2]))
def test_an_error_fades_steadily_and_in_its_time(error: int, fade: float) -> None:
    cart = prediction(fade=fade)
    cart.apply(1, 0, now=1.0)
    cart.reconcile(Cart(error), 1, now=1.0)
    left = [abs(cart.shown(1.0 + i * fade / 20)["x"] - error) for i in range(21)]
    assert left == sorted(left, reverse=True)
    assert left[10] == pytest.approx(abs(error) / 2)
    assert left[19] > 0
    assert left[20] == pytest.approx(0, abs=1e-6)


def test_an_error_on_top_of_one_that_fades_does_not_jump_either() -> None:
    cart = prediction()
    cart.apply(1, 0, now=1.0)
    cart.reconcile(Cart(100), 1, now=1.0)
    seen = cart.shown(1.05)
    cart.apply(2, 0, now=1.05)
    cart.reconcile(Cart(150), 2, now=1.05)
    assert cart.shown(1.05)["x"] == pytest.approx(seen["x"])
    assert cart.shown(1.2 + 1e-6)["x"] == 150


def test_states_that_agree_do_not_slow_the_fading() -> None:
    cart = prediction()
    cart.apply(1, 0, now=1.0)
    cart.reconcile(Cart(100), 1, now=1.0)
    for i in range(1, 5):
        cart.apply(1 + i, 0, now=1.0 + i * 0.03)
        assert cart.reconcile(Cart(100), 1 + i, now=1.0 + i * 0.03).error == {}
    assert cart.shown(1.12)["x"] == pytest.approx(80)
    assert cart.shown(1.15 + 1e-6)["x"] == 100


def test_an_angle_is_led_back_the_shorter_way_around() -> None:
    cart = prediction(Cart(heading=350))
    cart.apply(1, 0, now=1.0)
    cart.reconcile(Cart(heading=10), 1, now=1.0)
    shown = [cart.shown(1.0 + i * 0.05)["heading"] for i in range(4)]
    assert shown == pytest.approx([350, 356.6667, 3.3333, 10], abs=0.001)


def test_a_teleport_is_shown_at_once() -> None:
    cart = prediction()
    cart.apply(1, 1, now=1.0)
    assert cart.reconcile(Cart(5000), 1, now=1.0).teleport
    assert cart.shown(1.0)["x"] == cart.shown(1.0, share=0.5)["x"] == 5000
    assert not cart.reconcile(Cart(5999), 1, now=2.0).teleport


def test_the_rules_never_compute_with_what_is_smoothed() -> None:
    cart = prediction()
    cart.apply(1, 0, now=1.0)
    cart.reconcile(Cart(100), 1, now=1.0)
    assert cart.state.x == 100
    assert cart.apply(2, 1, now=1.0).x == 101


def test_fields_that_do_not_blend_are_shown_as_they_are() -> None:
    cart = prediction()
    cart.apply(1, 2, now=1.0)
    cart.reconcile(Cart(0, 7), 1, now=1.0)
    assert cart.shown(1.0, share=0.1)["speed"] == 7


def test_between_two_ticks_without_an_error_a_state_does_not_disturb_the_movement() -> None:
    cart = prediction()
    cart.apply(1, 10, now=1.0)
    seen = cart.shown(1.01, share=0.3)
    cart.reconcile(Cart(10, 10, 100), 1, now=1.01, share=0.3)
    assert cart.shown(1.01, share=0.3) == seen


@pytest.mark.parametrize("fade", [0.0, 0.05, 0.3])
def test_a_fade_that_would_be_seen_as_a_jump_or_as_lag_is_refused(fade: float) -> None:
    with pytest.raises(ValueError, match="fade"):
        prediction(fade=fade)
