// What all kernels of the processor share: a team of threads, inputs in turn, the clock.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "calibrate/cpu/layer_operations.h"
#include "calibrate/cpu/matrix_operations.h"
#include "calibrate/cpu/shared_work.h"
#include "calibrate/cpu/thread_pool.h"
#include "calibrate/cpu/topology.h"
#include "calibrate/kernel_case.h"
#include "calibrate/reference/comparison.h"

namespace plimsoll::calibrate::cpu {

// Who computes, and with what.
struct Team {
  const Topology* topology;
  ThreadPool* pool;
  int node;  // that memory is bound to; -1: near the thread that first touches it
  const MatrixOperations* matrix;
  const LayerOperations* layer;
};

class CpuKernel : public Kernel {
 public:
  CpuKernel(const Team& team, KernelCase kernel_case);

  const KernelCase& kernel_case() const final { return case_; }
  KernelCheck check() final;
  double run(int launches) final;

 protected:
  // One launch on the inputs of this turn.
  virtual void launch(int turn) = 0;
  // After one launch on turn 0.
  virtual KernelCheck compare() = 0;

  const Team& team() const { return team_; }
  std::int64_t shape(const char* name) const { return case_.shape.at(name); }
  // How many inputs of this size it takes so that none is in a cache when its turn comes again.
  int turns_for(std::int64_t bytes);
  int turns() const { return turns_; }

  template <typename T>
  Buffer<T> buffer(std::int64_t count) const {
    return Buffer<T>(*team_.topology, static_cast<std::size_t>(count), team_.node);
  }
  // Before a run of the pool: deals `count` things out in steps of `step`. Within it every thread
  // calls work(share) until all are done.
  void deal_out(std::int64_t count, std::int64_t step) { work_.begin(count, step); }
  template <typename Work>
  void take_shares(int thread, const Work& work) {
    while (const std::optional<Share> share = work_.take(thread)) work(*share);
  }
  // Both, and nothing else: work(share, thread).
  template <typename Work>
  void in_shares(std::int64_t count, std::int64_t step, const Work& work) {
    deal_out(count, step);
    team_.pool->run(
        [&](int thread) { take_shares(thread, [&](Share share) { work(share, thread); }); });
  }

 private:
  Team team_;
  KernelCase case_;
  SharedWork work_;
  int turns_ = 1;
  int next_turn_ = 0;
};

// `turns` times the same values, each turn beginning on a page, and each part of one first touched
// by the thread to which share_of gives it.
class RotatedFloats {
 public:
  RotatedFloats() = default;
  RotatedFloats(const Team& team, std::span<const float> values, int turns, std::int64_t step);

  float* turn(int turn) const { return buffer_.data() + turn * stride_; }
  std::int64_t count() const { return count_; }

 private:
  std::int64_t count_ = 0;
  std::int64_t stride_ = 0;
  Buffer<float> buffer_;
};

// One family of kernels, in the order of cases.
struct CpuFamily {
  std::string name;
  std::function<std::vector<KernelCase>(Depth)> cases;  // without the variant of threads
  std::unique_ptr<Kernel> (*make)(const Team&, const KernelCase&);
  bool one_thread = false;  // is measured on one thread, too, in a quick run
};

template <typename K>
std::unique_ptr<Kernel> make_kernel(const Team& team, const KernelCase& kernel_case) {
  return std::make_unique<K>(team, kernel_case);
}

std::vector<double> as_doubles(std::span<const float> values);
std::vector<float> random_floats(std::int64_t count, const std::string& stream);

// matrix_matrix of bf16, q8_0 or q4_0 on tile registers; throws KernelFailure where there are none.
std::unique_ptr<Kernel> make_amx_product(const Team& team, const KernelCase& of);

std::vector<CpuFamily> stream_families();
std::vector<CpuFamily> matrix_families();
std::vector<CpuFamily> attention_families();
std::vector<CpuFamily> layer_families();

}  // namespace plimsoll::calibrate::cpu
