#include "calibrate/backends.h"

#include <array>
#include <iterator>
#include <utility>

#include "base/contains.h"
#include "calibrate/cpu/cpu_backend.h"
#include "calibrate/gpu/gpu_backend.h"
#include "calibrate/kernel_failure.h"
#include "calibrate/metal/metal_backend.h"
#include "calibrate/storage/storage_backend.h"

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

void open_metal(const BackendChoice&, OpenedBackends& opened) {
  take(metal_backends(opened.absent), opened);
}

// Adds the backends of a kind that this machine has, or says why there are none.
struct BackendKind {
  const char* id;
  void (*open)(const BackendChoice& choice, OpenedBackends& opened);
};

// Those whose kernels can run while a drive is read.
constexpr auto computing_kinds = std::to_array<BackendKind>(
    {{"cpu", open_cpu}, {"cuda", open_cuda}, {"hip", open_hip}, {"metal", open_metal}});

// The first backend of the kind that is measured, too; else one as a helper, unless this machine
// has none.
Backend* computing_backend(const BackendKind& kind, OpenedBackends& opened) {
  for (const auto& each : opened.backends)
    if (each->id() == kind.id) return each.get();
  OpenedBackends more;
  try {
    kind.open({}, more);
  } catch (const KernelFailure&) {
    return nullptr;
  }
  if (more.backends.empty()) return nullptr;
  return opened.helpers.emplace_back(std::move(more.backends.front())).get();
}

// Last in the list: kernels of the others run beside its reads.
void open_storage(const BackendChoice& choice, OpenedBackends& opened) {
  std::vector<Backend*> computing;
  for (const BackendKind& kind : computing_kinds)
    if (Backend* found = computing_backend(kind, opened)) computing.push_back(found);
  try {
    opened.backends.push_back(make_storage_backend({.folder = choice.folder,
                                                    .depth = choice.depth,
                                                    .computing = std::move(computing),
                                                    .stop = choice.stop}));
  } catch (const KernelFailure& failure) {
    opened.refused = failure.what();
  }
}

std::vector<BackendKind> backend_kinds() {
  std::vector<BackendKind> kinds(computing_kinds.begin(), computing_kinds.end());
  kinds.push_back({"storage", open_storage});
  return kinds;
}

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
  for (const BackendKind& kind : backend_kinds()) ids.emplace_back(kind.id);
  return ids;
}

OpenedBackends open_backends(const BackendChoice& choice) {
  const auto is_wanted = [&](const std::string& id) {
    if (id == "storage") return !choice.folder.empty();
    return choice.wanted.empty() || contains(choice.wanted, id);
  };
  OpenedBackends opened;
  for (const BackendKind& kind : backend_kinds())
    if (is_wanted(kind.id)) open_kind(kind, choice, opened);
  for (const std::string& id : choice.wanted)
    if (!contains(backend_ids(), id))
      opened.absent.push_back(id == "link" ? "link: needs a second machine: plimsoll calibrate link"
                                           : id + ": not in this program");
  return opened;
}

}  // namespace plimsoll::calibrate
