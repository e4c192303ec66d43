"""Measuring images, flagging the bad ones, and dropping them with a reason."""
