"""The window to examples/squares.py: `python examples/squares_client.py [HOST:PORT]`. Arrow keys move your square."""

import sys

import pygame

from tickwire.errors import ConnectionLost
from tickwire.sync import connect

COLORS = ["orange", "deepskyblue"]


def main(address: str = "localhost:5050") -> None:
    pygame.init()
    screen = pygame.display.set_mode((500, 500))
    clock = pygame.time.Clock()
    going = (0, 0)
    with connect(address, name="guest", game="squares") as client:
        pygame.display.set_caption(f"squares, room {client.room}")
        while not pygame.event.get(pygame.QUIT):
            keys = pygame.key.get_pressed()
            way = (keys[pygame.K_RIGHT] - keys[pygame.K_LEFT], keys[pygame.K_DOWN] - keys[pygame.K_UP])
            if way != going:
                client.send({"type": "go", "dx": way[0], "dy": way[1]})
                going = way
            client.poll()
            screen.fill("#111727")
            for square in client.tables["Square"]:
                pygame.draw.rect(screen, COLORS[square.player % 2], (square.x, square.y, 50, 50), border_radius=6)
            pygame.display.flip()
            clock.tick(60)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ConnectionLost as lost:
        sys.exit(f"squares: {lost}")
