# ---
# title: Demonstration
# learn:
#   - how a double differs from a square
# minutes: 1
# needs: nothing
# ---

# %% [markdown]
# ## How much is twice as much?

# %%
numbers = [1, 2, 3]

# %%
import matplotlib.pyplot as plt
import numpy as np

# %%
def double(number):
    """Twice the number."""
    ### BEGIN SOLUTION
    return 2 * number
    ### END SOLUTION

# %%
import demo_exercises as ex

ex.double.check(double)

# %%
# ex.double.hint()
# ex.double.solution()

# %% tags=["selftest"]
ex.double.selftest(right=[double, lambda n: n + n], wrong={"3 ** 2": lambda n: n**2, "raised": lambda: 3})

# %%
### BEGIN SOLUTION
largest = max(numbers)
### STUB
# largest = 0  # your turn
### END SOLUTION

# %%
ex.largest.check(largest)

# %% tags=["selftest"]
ex.largest.selftest(right=[3], wrong={"expected: 3": 2})

# %% tags=["nbval-check-output"]
print([double(n) for n in [1, 2]])

# %%
fer.notebook.slide(lambda level=50: np.full((48, 48), level, np.uint8), level=(0, 250, 50))

# %%
_ = plt.plot(numbers)

# %% [markdown] tags=["solution"]
# Twice three is six.
