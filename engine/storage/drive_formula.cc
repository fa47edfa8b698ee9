#include "storage/drive_formula.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "catalog/figure_spread.h"

namespace plimsoll {

namespace {

// What the formula itself misses at a point of a drive that it was fitted to (doc/storage.md).
constexpr double misfit_sigma = 0.15;
constexpr Bytes latency_block{4096.0};
// Half steps: the distance to the solution halves with each, so that 60 exhaust a double.
constexpr double step_share = 0.5;
constexpr int steps = 60;

enum Parameter { latency, stream, command, ceiling, parameter_count };
using Vector = std::array<double, parameter_count>;  // of logarithms, or derivatives by them
using Matrix = std::array<Vector, parameter_count>;

DriveFormula formula_of(const Vector& logs) {
  return {.latency = Seconds(std::exp(logs[latency])),
          .stream = BytesPerSecond(std::exp(logs[stream])),
          .command = Seconds(std::exp(logs[command])),
          .ceiling = BytesPerSecond(std::exp(logs[ceiling]))};
}

// The four terms of the time of `commands` commands of one size.
struct Terms {
  Seconds latency;
  Seconds stream;
  Seconds command;
  Seconds ceiling;

  Seconds total() const { return latency + stream + command + ceiling; }
};

Terms terms_of(const DriveFormula& formula, Bytes size, double commands) {
  const Seconds alone = formula.latency + size / formula.stream;
  const Seconds queued = formula.command + size / formula.ceiling;
  // A command does not wait for longer than it takes.
  const double waits = (commands - 1.0) * std::min(1.0, alone / queued);
  return {.latency = formula.latency,
          .stream = size / formula.stream,
          .command = waits * formula.command,
          .ceiling = waits * (size / formula.ceiling)};
}

// Sum of squares linearised at one set of parameters.
class NormalEquations {
 public:
  // `residual` = prediction - observation, both logarithms, `gradient` its derivatives.
  void add(double residual, const Vector& gradient, double sigma) {
    const double weight = 1.0 / (sigma * sigma);
    for (std::size_t i = 0; i < parameter_count; ++i) {
      right_[i] -= weight * gradient[i] * residual;
      for (std::size_t j = 0; j < parameter_count; ++j)
        left_[i][j] += weight * gradient[i] * gradient[j];
    }
  }

  // Gauss elimination; the prior makes the matrix positive definite, so no pivot is needed.
  Vector solution() const {
    Matrix left = left_;
    Vector right = right_;
    for (std::size_t pivot = 0; pivot < parameter_count; ++pivot) {
      for (std::size_t row = 0; row < parameter_count; ++row) {
        if (row == pivot) continue;
        const double factor = left[row][pivot] / left[pivot][pivot];
        for (std::size_t column = pivot; column < parameter_count; ++column)
          left[row][column] -= factor * left[pivot][column];
        right[row] -= factor * right[pivot];
      }
    }
    for (std::size_t i = 0; i < parameter_count; ++i) right[i] /= left[i][i];
    return right;
  }

 private:
  Matrix left_{};
  Vector right_{};
};

void add_throughput(NormalEquations& equations, const DriveFormula& formula, Bytes block,
                    double reads, BytesPerSecond rate, double sigma) {
  const Terms terms = terms_of(formula, command_size(block), commands_of(block, reads));
  const double total = terms.total().base();
  const Vector gradient{-terms.latency.base() / total, terms.stream.base() / total,
                        -terms.command.base() / total, terms.ceiling.base() / total};
  equations.add(std::log(formula.throughput(block, reads) / rate), gradient, sigma);
}

void add_points(NormalEquations& equations, const DriveFormula& formula, const StorageSpec& drive) {
  for (const ReadPoint& point : drive.random_reads) {
    add_throughput(equations, formula, point.block, point.queue_depth, point.rate.value,
                   std::hypot(log_sigma_of(point.rate), misfit_sigma));
  }
  if (!drive.read_latency || drive.read_latency->value.base() <= 0.0) return;
  add_throughput(equations, formula, latency_block, 1.0, latency_block / drive.read_latency->value,
                 std::hypot(log_sigma_of(*drive.read_latency), misfit_sigma));
}

void add_known(NormalEquations& equations, const Vector& logs, const StorageSpec& drive,
               const DrivePrior& prior) {
  const auto add = [&](double value, double median, const Vector& gradient, double sigma) {
    equations.add(value - std::log(median), gradient, sigma);
  };
  add(logs[ceiling], drive.sequential_read.value.base(), {0.0, 0.0, 0.0, 1.0},
      std::hypot(log_sigma_of(drive.sequential_read), misfit_sigma));
  add(logs[latency], prior.latency.base(), {1.0, 0.0, 0.0, 0.0}, prior.latency_sigma);
  add(logs[stream] - logs[ceiling], prior.stream_share, {0.0, 1.0, 0.0, -1.0}, prior.stream_sigma);
  add(logs[command], prior.command.base(), {0.0, 0.0, 1.0, 0.0}, prior.command_sigma);
}

Vector start_of(const StorageSpec& drive, const DrivePrior& prior) {
  const double sequential = drive.sequential_read.value.base();
  return {std::log(prior.latency.base()), std::log(prior.stream_share * sequential),
          std::log(prior.command.base()), std::log(sequential)};
}

}  // namespace

BytesPerSecond DriveFormula::commands_throughput(Bytes size, double commands) const {
  return commands * size / terms_of(*this, size, commands).total();
}

BytesPerSecond DriveFormula::throughput(Bytes block, double reads) const {
  return commands_throughput(command_size(block), commands_of(block, reads));
}

DriveFormula fit_drive(const StorageSpec& drive, const DrivePrior& prior) {
  Vector logs = start_of(drive, prior);
  for (int step = 0; step < steps; ++step) {
    NormalEquations equations;
    add_known(equations, logs, drive, prior);
    add_points(equations, formula_of(logs), drive);
    const Vector change = equations.solution();
    for (std::size_t i = 0; i < parameter_count; ++i) logs[i] += step_share * change[i];
  }
  return formula_of(logs);
}

}  // namespace plimsoll
