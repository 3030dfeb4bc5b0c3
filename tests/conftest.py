"""Shared by all tests: hypothesis says the same thing on every machine, and the heavy import trick of the runner."""

from hypothesis import HealthCheck, settings

# Derandomised: a property that fails fails for everyone. No deadline: machines are noisy.
settings.register_profile(
    "workforce", derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("workforce")
