// The processor as the harness sees it: its cases, and that each family's kernel is right.
#include "calibrate/cpu/cpu_backend.h"

#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "calibrate/kernel_failure.h"
#include "support/catch.h"

namespace plimsoll::calibrate {
namespace {

// The case of least work of every family, format and variant.
std::vector<KernelCase> smallest_cases(Backend& backend) {
  std::map<std::tuple<std::string, std::string, std::string>, KernelCase> smallest;
  for (const KernelCase& each : backend.cases(Depth::quick)) {
    const auto key = std::tuple(each.family, each.format, each.variant);
    const auto found = smallest.find(key);
    if (found == smallest.end()) {
      smallest.emplace(key, each);
    } else if (each.work.bytes < found->second.work.bytes) {
      found->second = each;
    }
  }
  std::vector<KernelCase> cases;
  for (const auto& [key, each] : smallest) cases.push_back(each);
  return cases;
}

}  // namespace

TEST_CASE("the processor's kernels are all there, each case once") {
  const std::unique_ptr<Backend> backend = make_cpu_backend();
  CHECK(backend->id() == "cpu");
  CHECK(backend->version().starts_with("SIMD "));
  for (const Depth depth : {Depth::quick, Depth::full}) {
    std::set<std::string> families;
    std::set<std::tuple<std::string, std::string, std::string, std::map<std::string, std::int64_t>>>
        seen;
    for (const KernelCase& each : backend->cases(depth)) {
      families.insert(each.family);
      CHECK(seen.emplace(each.family, each.format, each.variant, each.shape).second);
      CHECK(each.work.bytes + each.work.flop + each.work.items > 0.0);
    }
    CHECK(families == std::set<std::string>{"copy", "decode_attention", "delta_net", "dispatch",
                                            "expert_combine", "expert_matrix_matrix",
                                            "matrix_matrix", "matrix_vector", "read", "rms_norm",
                                            "rope", "router", "swiglu", "triad"});
  }
}

TEST_CASE("every kernel of the processor is right, and takes time") {
  const std::unique_ptr<Backend> backend = make_cpu_backend();
  for (const KernelCase& each : smallest_cases(*backend)) {
    INFO(each.family << " " << each.format << " " << each.variant);
    const std::unique_ptr<Kernel> kernel = backend->make(each);
    const KernelCheck check = kernel->check();
    INFO(check.why);
    CHECK(check.right);
    CHECK(kernel->run(2) > 0.0);
  }
}

TEST_CASE("what others take of the processor is a share") {
  const std::unique_ptr<Backend> backend = make_cpu_backend();
  const DeviceState state = backend->state();
  CHECK((std::isnan(state.busy_share) || (state.busy_share >= 0.0 && state.busy_share <= 1.0)));
}

TEST_CASE("a family that the processor does not have is refused") {
  const std::unique_ptr<Backend> backend = make_cpu_backend();
  CHECK_THROWS_AS(backend->make({.family = "peer_copy", .format = "", .variant = ""}),
                  KernelFailure);
}

}  // namespace plimsoll::calibrate
