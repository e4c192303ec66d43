"""EmotionCNN in PyTorch, layer by layer, to compare its speed."""

import torch  # type: ignore[import-not-found]
from torch import nn


def convolution(channels: int, filters: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, filters, size, stride, padding=size // 2, bias=False), nn.BatchNorm2d(filters)
    )


class Block(nn.Module):
    """Two convolutions and a shortcut; the image is halved."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.first = convolution(channels, filters, stride=2)
        self.second = convolution(filters, filters)
        self.shortcut = convolution(channels, filters, size=1, stride=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # noqa: D102
        y = self.second(torch.relu(self.first(x)))
        return torch.relu(y + self.shortcut(x))


class EmotionCNN(nn.Module):
    """From ``(n, 1, 48, 48)`` values in 0..255 to ``(n, 7)`` scores."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(1, 32)
        self.blocks = nn.Sequential(Block(32, 32), Block(32, 64), Block(64, 128))
        self.emotions = nn.Linear(128, 7)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # noqa: D102
        x = self.blocks(torch.relu(self.stem(x / 127.5 - 1)))
        return self.emotions(x.mean(dim=(2, 3)))
