// Checks and times every kernel of every GPU of this machine; for people who have one
// (tests/device/run.sh).
//
// check_gpu [--full] [--check-only] [FAMILY...]: of these families only.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "calibrate/gpu/gpu_backend.h"
#include "calibrate/kernel_failure.h"

namespace {

using namespace plimsoll::calibrate;

// Enough of them for 20 ms, after a warm-up; the median of five.
double seconds_of_launch(Kernel& kernel) {
  int launches = 1;
  double seconds = kernel.run(launches);
  while (seconds < 0.02 && launches < 100000) {
    launches = static_cast<int>(
        std::clamp(launches * 0.025 / std::max(seconds, 1e-6), 2.0 * launches, 100.0 * launches));
    seconds = kernel.run(launches);
  }
  std::vector<double> samples;
  for (int i = 0; i < 5; ++i) samples.push_back(kernel.run(launches) / launches);
  std::sort(samples.begin(), samples.end());
  return samples[2];
}

std::string text_of(const KernelCase& kernel_case) {
  std::string text = kernel_case.family;
  if (!kernel_case.format.empty()) text += " " + kernel_case.format;
  if (!kernel_case.variant.empty()) text += " (" + kernel_case.variant + ")";
  for (const auto& [name, value] : kernel_case.shape)
    text += " " + name + "=" + std::to_string(value);
  return text;
}

std::string rate_text(const KernelCase& kernel_case, double seconds) {
  const bool by_flop = kernel_case.by_flop;
  const double work = by_flop ? kernel_case.work.flop : kernel_case.work.bytes;
  char text[64];
  if (work == 0.0) {
    std::snprintf(text, sizeof text, "%10.2f us", 1e6 * seconds);
    return text;
  }
  std::snprintf(text, sizeof text, "%10.2f us %9.1f %s", 1e6 * seconds, 1e-9 * work / seconds,
                by_flop ? "GFLOP/s" : "GB/s");
  return text;
}

// Whether it is right.
bool run_case(Backend& backend, const KernelCase& kernel_case, bool check_only) {
  const std::string text = text_of(kernel_case);
  try {
    const auto kernel = backend.make(kernel_case);
    const KernelCheck check = kernel->check();
    if (!check.right) {
      std::printf("WRONG   %s: %s (error %.2g, allowed %.2g)\n", text.c_str(), check.why.c_str(),
                  check.worst_error, check.allowed);
      return false;
    }
    if (check_only) {
      std::printf("right %s\n", text.c_str());
      return true;
    }
    const double seconds = seconds_of_launch(*kernel);
    std::printf("right %s  %s  (error %.1g of %.1g)\n", rate_text(kernel_case, seconds).c_str(),
                text.c_str(), check.worst_error, check.allowed);
  } catch (const KernelFailure& failure) {
    std::printf("FAILED  %s: %s\n", text.c_str(), failure.what());
    return false;
  }
  std::fflush(stdout);
  return true;
}

struct Wanted {
  Depth depth = Depth::quick;
  bool check_only = false;
  std::vector<std::string> families;  // none: all
};

int run_backend_cases(Backend& backend, const Wanted& wanted) {
  const DeviceState state = backend.state();
  std::printf("%s: %s, %s, %.0f MHz, %.0f C, busy %.0f %%\n", backend.id().c_str(),
              backend.device().c_str(), backend.version().c_str(), state.clock_hz / 1e6,
              state.temperature_c, 100 * state.busy_share);
  int wrong = 0;
  const auto& families = wanted.families;
  for (const KernelCase& kernel_case : backend.cases(wanted.depth)) {
    const bool is_wanted = families.empty() || std::find(families.begin(), families.end(),
                                                         kernel_case.family) != families.end();
    if (is_wanted && !run_case(backend, kernel_case, wanted.check_only)) ++wrong;
  }
  return wrong;
}

}  // namespace

int main(int count, char** arguments) {
  Wanted wanted{.families = {arguments + 1, arguments + count}};
  if (std::erase(wanted.families, "--full") > 0) wanted.depth = Depth::full;
  wanted.check_only = std::erase(wanted.families, "--check-only") > 0;
  std::vector<std::string> unseen;
  auto backends = cuda_backends(unseen);
  for (auto& each : hip_backends(unseen)) backends.push_back(std::move(each));
  for (const std::string& line : unseen) std::printf("%s\n", line.c_str());
  int wrong = 0;
  for (const auto& backend : backends) wrong += run_backend_cases(*backend, wanted);
  std::printf("%zu devices, %d kernels wrong or failed\n", backends.size(), wrong);
  return wrong == 0 ? 0 : 1;
}
