"""Biases that need no search: how often each emotion occurred in training, and how often it does here."""

import numpy as np

FER2013_TRAIN_COUNTS = (3995, 436, 4097, 7215, 4830, 3171, 4965)
"""Images of each emotion in the train split of FER2013."""

SMALLEST_SHARE = 1e-3
"""An emotion is not taken to be rarer than this: the logarithm of 0 would rule it out for good."""

LABEL_SMOOTHING = 0.1
"""That of ``Recipe()``."""

_ROUNDS, _SETTLED, _TINY = 1000, 1e-7, 1e-6


def closed_form_biases(shares: np.ndarray, train_shares: np.ndarray) -> np.ndarray:
    """Return the biases that make up for a change in how often the emotions occur.

    If faces of an emotion look as they did in training and only their shares have changed, adding
    ``log(shares / train_shares)`` to the log-probabilities gives what the network would say had it been
    trained on the new shares.

    Args:
        shares: ``(7,)`` how often each emotion occurs where the network is used. Equal shares make the rule
            for the best balanced accuracy.
        train_shares: ``(7,)`` how often it occurred in training.

    Returns:
        ``(7,)`` biases.

    Source:
        Saerens, Latinne and Decaestecker (2002); Menon et al., "Long-tail learning via logit adjustment"
        (2021).

    Example:
        >>> closed_form_biases(np.array([0.5, 0.5]), np.array([0.9, 0.1])).round(2)
        array([-0.59,  1.61])
    """
    floor = np.maximum(shares, SMALLEST_SHARE), np.maximum(train_shares, SMALLEST_SHARE)
    return np.log(floor[0]) - np.log(floor[1])


def estimate_shares(
    probabilities: np.ndarray, train_shares: np.ndarray, label_smoothing: float = 0.0
) -> np.ndarray:
    """Estimate how often each emotion occurs among images without labels, by expectation maximisation.

    Start with the shares of training; correct the probabilities for the shares believed in; believe in the
    mean of the corrected probabilities; repeat. Each round makes the images more likely.

    The probabilities have to be calibrated, the small ones too. A network trained with smoothed labels never
    says less than a hundredth or so, as much as the share of a rare emotion, and each round would take that
    for evidence; so what the smoothing added is subtracted first.

    Args:
        probabilities: ``(n, 7)`` what the network says.
        train_shares: ``(7,)`` how often each emotion occurred in training.
        label_smoothing: Share of each target that training spread over all classes.

    Returns:
        ``(7,)`` shares, which add up to 1.

    Source:
        Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori
        probabilities" (2002).

    Example:
        >>> said = np.array([[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.1, 0.9]])
        >>> estimate_shares(said, np.array([0.5, 0.5])).round(2)
        array([0.2, 0.8])
    """
    train_shares = np.maximum(train_shares, SMALLEST_SHARE)
    honest = np.maximum(probabilities - label_smoothing / probabilities.shape[1], _TINY)
    ratios = honest / train_shares
    shares = np.asarray(train_shares, np.float64)
    for _ in range(_ROUNDS):
        corrected = ratios * shares
        believed = (corrected / corrected.sum(axis=1, keepdims=True)).mean(axis=0)
        if np.abs(believed - shares).max() < _SETTLED:
            break
        shares = believed
    return believed
