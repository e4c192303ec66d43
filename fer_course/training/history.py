"""History: what happened in a training, epoch by epoch."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class History:
    """What happened in a training.

    Args:
        frame: One row an epoch: ``epoch`` (from 1), ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``,
            ``val_recall_angry`` and so on, ``learning_rate`` (at the end of the epoch), ``seconds``.

    Example:
        >>> frame = pd.DataFrame({"epoch": [1, 2], "val_accuracy": [0.4, 0.3], "val_loss": [1.5, 1.6]})
        >>> History(frame).best_epoch
        1
    """

    frame: pd.DataFrame

    @property
    def best_epoch(self) -> int:
        """The epoch with the highest accuracy on val; of several, the one with the lowest loss."""
        ranked = self.frame.sort_values(["val_accuracy", "val_loss"], ascending=[False, True])
        return int(ranked["epoch"].iloc[0])

    @property
    def best_val_accuracy(self) -> float:
        """The accuracy on val after the best epoch."""
        return float(self.frame["val_accuracy"].max())

    def __repr__(self) -> str:
        return (
            f"History({len(self.frame)} epochs in {self.frame['seconds'].sum():.0f} s, "
            f"best on val: {self.best_val_accuracy:.1%} in epoch {self.best_epoch})"
        )
