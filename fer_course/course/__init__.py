"""What a notebook needs: sliders, figures, progress."""
