"""Snake with a painter of its own: `tickwire serve snake --bots 3`, then `python examples/pygame_snake.py`.

How a pygame game goes online with `tickwire.sync`: send what is pressed, poll once a frame, paint the tables.
"""

import sys

import pygame

from tickwire.errors import ConnectionLost
from tickwire.sync import Client, connect

CELL = 14  # pixels
KEYS = {pygame.K_UP: "up", pygame.K_DOWN: "down", pygame.K_LEFT: "left", pygame.K_RIGHT: "right"}
COLORS = ["#b7f5c8", "#f0a11e", "#5bbcf0", "#12b886", "#f3e54b", "#3b82f6", "#ee6a2c", "#e08fc4", "#eef1f6"]


def paint(screen: pygame.Surface, font: pygame.font.Font, client: Client) -> None:
    screen.fill("#111727")
    for cell in client.tables["Cell"]:
        box = pygame.Rect(cell.x * CELL, cell.y * CELL, CELL, CELL).inflate(-2, -2)
        color = COLORS[(cell.owner - 1) % 8 + 1] if cell.owner else COLORS[0]
        if cell.owner == 0:
            pygame.draw.circle(screen, color, box.center, CELL // 3)
        else:
            pygame.draw.rect(screen, color, box, border_radius=3)
            if cell.owner == client.player:
                pygame.draw.rect(screen, "white", box, width=1, border_radius=3)
    scores = sorted(client.tables["Score"], key=lambda score: -score.points)
    for line, score in enumerate(scores):
        if score.player in client.players:
            words = f"{score.points:>4}  {client.players[score.player].name}"
            color = COLORS[(score.player - 1) % 8 + 1]
            screen.blit(font.render(words, True, color), (8, 8 + line * font.get_linesize()))


def main(address: str = "localhost:5050", name: str = "guest") -> None:
    pygame.init()
    font, clock = pygame.font.SysFont("dejavusans, segoeui, arial", 15), pygame.time.Clock()
    with connect(address, name=name, game="snake") as client:
        width, height = client.schema.board
        screen = pygame.display.set_mode((width * CELL, height * CELL))
        pygame.display.set_caption(f"snake, room {client.room}")
        while True:
            for event in pygame.event.get():
                if event.type == pygame.QUIT:
                    return
                if event.type == pygame.KEYDOWN and event.key in KEYS:
                    client.send({"type": "turn", "heading": KEYS[event.key]})
            client.poll()
            paint(screen, font, client)
            pygame.display.flip()
            clock.tick(60)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ConnectionLost as lost:
        sys.exit(f"snake: {lost}")
