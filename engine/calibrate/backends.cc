#include "calibrate/backends.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "calibrate/cpu/cpu_backend.h"
#include "calibrate/gpu/gpu_backend.h"
#include "calibrate/kernel_failure.h"

namespace plimsoll::calibrate {
namespace {

void take(std::vector<std::unique_ptr<Backend>> more, OpenedBackends& opened) {
  std::move(more.begin(), more.end(), std::back_inserter(opened.backends));
}

void open_cpu(const BackendChoice&, OpenedBackends& opened) {
  opened.backends.push_back(make_cpu_backend());
}

void open_cuda(const BackendChoice&, OpenedBackends& opened) {
  take(cuda_backends(opened.absent), opened);
}

void open_hip(const BackendChoice&, OpenedBackends& opened) {
  take(hip_backends(opened.absent), opened);
}

// Adds the backends of a kind that this machine has, or says why there are none.
struct BackendKind {
  const char* id;
  void (*open)(const BackendChoice& choice, OpenedBackends& opened);
};

constexpr auto kinds =
    std::to_array<BackendKind>({{"cpu", open_cpu}, {"cuda", open_cuda}, {"hip", open_hip}});

void open_kind(const BackendKind& kind, const BackendChoice& choice, OpenedBackends& opened) {
  try {
    kind.open(choice, opened);
  } catch (const KernelFailure& failure) {
    opened.absent.push_back(std::string(kind.id) + ": " + failure.what());
  }
}

}  // namespace

std::vector<std::string> backend_ids() {
  std::vector<std::string> ids;
  for (const BackendKind& kind : kinds) ids.emplace_back(kind.id);
  return ids;
}

OpenedBackends open_backends(const BackendChoice& choice) {
  std::vector<std::string> wanted = choice.wanted;
  const auto holds = [](const std::vector<std::string>& list, const std::string& id) {
    return std::find(list.begin(), list.end(), id) != list.end();
  };
  OpenedBackends opened;
  for (const BackendKind& kind : kinds)
    if (wanted.empty() || holds(wanted, kind.id)) open_kind(kind, choice, opened);
  if (!choice.folder.empty() && !holds(wanted, "storage")) wanted.emplace_back("storage");
  for (const std::string& id : wanted)
    if (!holds(backend_ids(), id)) opened.absent.push_back(id + ": not in this program");
  return opened;
}

}  // namespace plimsoll::calibrate
