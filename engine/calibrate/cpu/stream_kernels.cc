#include <algorithm>
#include <cmath>

#include "calibrate/cpu/cpu_kernel.h"

namespace plimsoll::calibrate::cpu {
namespace {

// Streams are cut at lines of every unrolled loop.
constexpr std::int64_t stream_step = 1024;

std::int64_t floats_of(const KernelCase& kernel_case) {
  return kernel_case.shape.at("bytes") / static_cast<std::int64_t>(sizeof(float));
}

class ReadKernel : public CpuKernel {
 public:
  ReadKernel(const Team& team, const KernelCase& kernel_case)
      : CpuKernel(team, kernel_case),
        values_(random_floats(floats_of(kernel_case), "read")),
        from_(team, values_, turns_for(shape("bytes")), stream_step),
        sums_(static_cast<std::size_t>(team.pool->threads() * padding)) {}

 private:
  static constexpr int padding = 16;  // floats of a line: no two threads write one

  void launch(int turn) override {
    std::fill(sums_.begin(), sums_.end(), 0.0F);
    in_shares(from_.count(), stream_step, [&](Share share, int thread) {
      sums_[static_cast<std::size_t>(thread * padding)] +=
          team().layer->read(from_.turn(turn) + share.first, share.last - share.first);
    });
  }

  KernelCheck compare() override {
    float got = 0.0F;
    for (std::size_t i = 0; i < sums_.size(); i += padding) got += sums_[i];
    double sum = 0.0;
    double magnitude = 0.0;
    for (const float value : values_) {
      sum += value;
      magnitude += std::abs(double{value});
    }
    return reference::compare(std::span(&got, 1), {.values = {sum}, .magnitudes = {magnitude}},
                              reference::allowed_error(from_.count()));
  }

  std::vector<float> values_;
  RotatedFloats from_;
  std::vector<float> sums_;
};

// out = a, or out = a + factor * b: STREAM's copy and triad (McCalpin 1995).
class StoreKernel : public CpuKernel {
 public:
  StoreKernel(const Team& team, const KernelCase& kernel_case)
      : CpuKernel(team, kernel_case),
        is_triad_(kernel_case.family == "triad"),
        a_values_(random_floats(floats_of(kernel_case), "a")),
        b_values_(random_floats(is_triad_ ? floats_of(kernel_case) : 0, "b")),
        a_(team, a_values_, turns_for(shape("bytes")), stream_step),
        b_(team, b_values_, is_triad_ ? turns() : 0, stream_step),
        out_(team, std::vector<float>(a_values_.size()), turns(), stream_step) {}

 private:
  static constexpr float factor = 3.0F;

  void launch(int turn) override {
    in_shares(a_.count(), stream_step, [&](Share share, int) {
      const float* a = a_.turn(turn) + share.first;
      float* out = out_.turn(turn) + share.first;
      const std::int64_t count = share.last - share.first;
      if (is_triad_) {
        team().layer->triad(a, b_.turn(turn) + share.first, factor, out, count);
      } else {
        team().layer->copy(a, out, count);
      }
    });
  }

  KernelCheck compare() override {
    reference::Expected expected;
    for (std::size_t i = 0; i < a_values_.size(); ++i) {
      const double added = is_triad_ ? double{factor} * b_values_[i] : 0.0;
      expected.values.push_back(a_values_[i] + added);
      expected.magnitudes.push_back(std::abs(double{a_values_[i]}) + std::abs(added));
    }
    return reference::compare({out_.turn(0), a_values_.size()}, expected,
                              is_triad_ ? 2.0 * reference::float_roundoff : 0.0);
  }

  bool is_triad_;
  std::vector<float> a_values_;
  std::vector<float> b_values_;
  RotatedFloats a_;
  RotatedFloats b_;
  RotatedFloats out_;
};

// Nothing but the start and the barrier: what an engine pays between two operators.
class DispatchKernel : public CpuKernel {
 public:
  DispatchKernel(const Team& team, const KernelCase& kernel_case)
      : CpuKernel(team, kernel_case), calls_(static_cast<std::size_t>(team.pool->threads()) * 16) {}

 private:
  void launch(int) override {
    team().pool->run([&](int thread) { calls_[static_cast<std::size_t>(thread) * 16] += 1; });
  }

  KernelCheck compare() override {
    KernelCheck check{.right = true};
    for (std::size_t i = 0; i < calls_.size(); i += 16) {
      if (calls_[i] == 1) continue;
      check = {.right = false, .worst_error = 1.0, .why = "a thread was not called once"};
    }
    return check;
  }

  std::vector<int> calls_;
};

std::function<std::vector<KernelCase>(Depth)> stream_cases(const std::string& family,
                                                           double passes) {
  return [=](Depth depth) {
    std::vector<KernelCase> cases;
    const int step = depth == Depth::quick ? 3 : 1;
    for (int power = 20; power <= 28; power += step) {
      const std::int64_t bytes = std::int64_t{1} << power;
      cases.push_back({.family = family,
                       .shape = {{"bytes", bytes}},
                       .work = {.bytes = passes * static_cast<double>(bytes)}});
    }
    return cases;
  };
}

}  // namespace

std::vector<CpuFamily> stream_families() {
  const auto dispatch = [](Depth) {
    return std::vector<KernelCase>{{.family = "dispatch", .work = {.items = 1.0}}};
  };
  return {{.name = "dispatch", .cases = dispatch, .make = make_kernel<DispatchKernel>},
          {.name = "read",
           .cases = stream_cases("read", 1.0),
           .make = make_kernel<ReadKernel>,
           .one_thread = true},
          {.name = "copy", .cases = stream_cases("copy", 2.0), .make = make_kernel<StoreKernel>},
          {.name = "triad", .cases = stream_cases("triad", 3.0), .make = make_kernel<StoreKernel>}};
}

}  // namespace plimsoll::calibrate::cpu
