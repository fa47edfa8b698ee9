// A link's two ends over loopback, and everything of storage that has threads, under the thread
// sanitizer, which ends the program with an error where two of them get at the same place without
// one waiting for the other.
//
// With "race" as argument: an end that looks at what the listener's thread writes, to see that the
// sanitizer finds it.
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <future>
#include <mutex>
#include <string>
#include <unistd.h>

#include "calibrate/kernel_failure.h"
#include "calibrate/link/link_session.h"
#include "calibrate/link/listener.h"
#include "calibrate/storage/storage_kernels.h"

namespace {

using namespace plimsoll::calibrate;
namespace link_room = plimsoll::calibrate::link;
namespace storage_room = plimsoll::calibrate::storage;

bool told(const std::string& what, const std::string& wrong) {
  std::printf("%s: %s\n", what.c_str(), wrong.empty() ? "right" : wrong.c_str());
  return wrong.empty();
}

// Every flow with several streams, and a stranger who is sent away.
bool link_is_right(bool race) {
  std::mutex mutex;
  std::string notes;
  link_room::Listener listener({.address = link_room::resolve({"127.0.0.1", 0}).front(),
                                .name = "here",
                                .note =
                                    [&](const std::string& text) {
                                      const std::lock_guard lock(mutex);
                                      notes += text;
                                    },
                                .progress = {}});
  auto served = std::async(std::launch::async, [&] { return listener.serve().transfers; });
  const auto address = link_room::resolve(listener.endpoint());
  bool right = true;
  {
    link_room::LinkSession session({.addresses = address, .streams = 3});
    for (const auto flow : {link_room::Flow::message, link_room::Flow::there, link_room::Flow::back,
                            link_room::Flow::both}) {
      const link_room::Transfer transfer{.flow = flow,
                                         .checked = true,
                                         .streams = flow == link_room::Flow::message ? 1 : 3,
                                         .bytes = 200'000,
                                         .launches = 2};
      right &=
          told("flow " + std::to_string(static_cast<int>(flow)), session.transfer(transfer).wrong);
    }
    try {
      const link_room::LinkSession stranger({.addresses = address});
      right = told("a second peer", "was let in");
    } catch (const KernelFailure&) {
    }
    if (race) std::printf("%s\n", notes.c_str());
  }
  return right && told("transfers", served.get() == 4 ? "" : "not four of them");
}

// A kernel beside the reads.
struct Waiting final : Backend {
  struct Kernel final : plimsoll::calibrate::Kernel {
    KernelCase of{.family = "read", .work = {.bytes = 1.0}};
    const KernelCase& kernel_case() const override { return of; }
    KernelCheck check() override { return {.right = true, .why = {}}; }
    double run(int launches) override {
      ::usleep(1000U * static_cast<unsigned>(launches));
      return 1e-3 * launches;
    }
  };
  std::string id() const override { return "cpu"; }
  std::string device() const override { return {}; }
  std::string version() const override { return {}; }
  DeviceState state() override { return {}; }
  std::vector<KernelCase> cases(Depth) override { return {Kernel().of}; }
  std::unique_ptr<plimsoll::calibrate::Kernel> make(const KernelCase&) override {
    return std::make_unique<Kernel>();
  }
};

bool kernel_is_right(std::unique_ptr<Kernel> kernel) {
  const KernelCheck check = kernel->check();
  if (check.right) kernel->run(20);
  return told(kernel->kernel_case().variant, check.why);
}

bool storage_is_right(const std::filesystem::path& folder) {
  constexpr std::int64_t mebibyte = std::int64_t{1} << 20;
  storage_room::ThreadTeam team(8);
  const storage_room::ScratchFile file(
      {.folder = folder, .bytes = 16 * mebibyte, .least_bytes = 16 * mebibyte, .fill_s = 5.0});
  const storage_room::StorageRig rig{.file = file, .team = team, .window_s = 0.0};
  using storage_room::Access;
  bool right = true;
  for (const Access access : {Access::buffered, Access::mapped})
    right &= kernel_is_right(make_stream_kernel(rig, {.access = access,
                                                      .pages = storage_room::Pages::warm,
                                                      .depth = 4,
                                                      .block_bytes = 64 * 1024}));
  right &= kernel_is_right(make_replay_kernel(
      rig,
      {.shape =
           {.model = "small", .layers = 2, .experts = 8, .per_token = 4, .expert_bytes = 64 * 1024},
       .access = Access::buffered,
       .cached_share = 1.0}));
  Waiting waiting;
  try {
    right &= kernel_is_right(make_contention_kernel(
        rig, waiting, Waiting::Kernel().of,
        {.words = "background reads at a rate", .bytes_per_s = 4.0 * mebibyte}));
  } catch (const KernelFailure& failure) {
    std::printf("no direct reads here: %s\n", failure.what());
  }
  return right;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 2;
  if (std::strcmp(arguments[1], "race") == 0) return link_is_right(true) ? 0 : 1;
  const bool right = link_is_right(false);
  return storage_is_right(arguments[1]) && right ? 0 : 1;
}
