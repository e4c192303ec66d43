"""The drawn faces, and the sample that is made of them: action units, a renderer, planted defects."""
