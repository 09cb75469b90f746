#pragma once
#include <cstdint>
#include <vector>

namespace eigenrnn {

/// x(0), x(1), …, x(count − 1) of the Mackey–Glass equation (Mackey & Glass 1977, "Oscillation and
/// chaos in physiological control systems"),
///   dx/dt = β·x(t − τ)/(1 + x(t − τ)^n) − γ·x(t),  β = 0.2, γ = 0.1, n = 10, τ = 17,
/// with x(t) = 1.2 for t ≤ 0; the unit of time is that of τ. Integrated by the classical
/// Runge–Kutta method of fourth order in `steps_per_unit` steps per unit of time. Half-way steps
/// take x(t − τ) from cubic Hermite interpolation between grid points, whose error is of fourth
/// order as well.
std::vector<double> mackey_glass_series(int64_t count, int64_t steps_per_unit = 10);

}  // namespace eigenrnn
