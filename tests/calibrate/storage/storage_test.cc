// The file that is read, the readers, and the kernels on them, with small files.

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "calibrate/kernel_failure.h"
#include "calibrate/storage/drive.h"
#include "calibrate/storage/file_pattern.h"
#include "calibrate/storage/storage_backend.h"
#include "calibrate/storage/storage_kernels.h"
#include "cli/run_program.h"
#include "support/catch.h"

using namespace plimsoll::calibrate;
using namespace plimsoll::calibrate::storage;
using Catch::Contains;
using plimsoll::test::TemporaryFolder;

namespace {

constexpr std::int64_t kibibyte = 1024;
constexpr std::int64_t mebibyte = 1024 * kibibyte;

ScratchPlan plan_in(const std::filesystem::path& folder, std::int64_t bytes) {
  return {.folder = folder, .bytes = bytes, .least_bytes = bytes, .fill_s = 1.0};
}

std::string failure_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const KernelFailure& failure) {
    return failure.what();
  }
  return "none";
}

struct Rig {
  explicit Rig(std::int64_t bytes = 16 * mebibyte) : file(plan_in(folder.path(""), bytes)) {}

  StorageRig on(bool uring = false) {
    return {.file = file, .team = team, .uring = uring, .window_s = 0.0};
  }
  bool in_memory() const { return drive_of(file.descriptor()).in_memory; }

  TemporaryFolder folder;
  ThreadTeam team{8};
  ScratchFile file;
};

// A tmpfs of 4 MiB where we may mount one.
class SmallDisk {
 public:
  SmallDisk() : path_(folder_.write("disk/x", "")) {
    path_ = path_.parent_path();
    mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=4m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount(path_.c_str());
  }
  bool mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  TemporaryFolder folder_;
  std::filesystem::path path_;
  bool mounted_ = false;
};

// A processor whose kernel takes a millisecond.
struct SleepingBackend final : Backend {
  struct SleepingKernel final : Kernel {
    explicit SleepingKernel(KernelCase of) : of_(std::move(of)) {}
    const KernelCase& kernel_case() const override { return of_; }
    KernelCheck check() override { return {.right = true, .why = {}}; }
    double run(int launches) override {
      ::usleep(1000U * static_cast<unsigned>(launches));
      return 1e-3 * launches;
    }
    KernelCase of_;
  };
  static KernelCase read(double bytes) {
    return {.family = "read", .format = {}, .variant = {}, .shape = {}, .work = {.bytes = bytes}};
  }

  std::string id() const override { return "cpu"; }
  std::string device() const override { return "Imaginary 1"; }
  std::string version() const override { return ""; }
  DeviceState state() override { return {}; }
  std::vector<KernelCase> cases(Depth) override { return {read(1e6), read(3e6), read(2e6)}; }
  std::unique_ptr<Kernel> make(const KernelCase& of) override {
    return std::make_unique<SleepingKernel>(of);
  }
};

}  // namespace

TEST_CASE("pattern: a wrong offset and a wrong byte show where they are", "[calibrate][storage]") {
  std::vector<std::byte> bytes(64 * kibibyte);
  fill_pattern(4096, bytes);
  CHECK_FALSE(first_difference(4096, bytes));
  CHECK(first_difference(0, bytes) == 0);
  CHECK(first_difference(4096 + 512, bytes) == 4096 + 512);
  // Pieces join to the same file.
  std::vector<std::byte> second(8 * kibibyte);
  fill_pattern(4096 + 8 * kibibyte, second);
  CHECK(std::memcmp(second.data(), bytes.data() + 8 * kibibyte, second.size()) == 0);
  bytes[1003] ^= std::byte{1};
  CHECK(first_difference(4096, bytes) == 4096 + 1003);
}

TEST_CASE("meter: the window begins when the queue has turned over once", "[calibrate][storage]") {
  StreamMeter meter(4, {.requests = 3});
  for (int i = 0; i < 6; ++i) CHECK(meter.note());
  CHECK_FALSE(meter.note());  // 4 to fill, 3 that count
  CHECK(meter.over());
  CHECK(meter.window().requests == 3);
  CHECK_FALSE(meter.note());
  CHECK(meter.window().requests == 3);  // what comes after does not count

  StreamMeter bounded(1, {.requests = 100, .seconds = 100.0, .most_requests = 2});
  CHECK(bounded.note());
  CHECK(bounded.note());
  CHECK_FALSE(bounded.note());
}

TEST_CASE("orders: every block once before one comes again", "[calibrate][storage]") {
  for (const BlockOrder& order : {sequential_order(64, 100), random_order(64, 100)}) {
    std::vector<int> seen(100);
    for (int i = 0; i < 100; ++i) ++seen[static_cast<std::size_t>(order.at(i).offset / 64)];
    CHECK(std::count(seen.begin(), seen.end(), 1) == 100);
    CHECK(order.at(100).offset == order.at(0).offset);
  }
}

TEST_CASE("file: has no name, holds the pattern, and its pages come and go as told",
          "[calibrate][storage]") {
  const Rig rig;
  CHECK(rig.folder.names().empty());
  CHECK(rig.file.bytes() == 16 * mebibyte);
  CHECK_FALSE(first_difference(0, rig.file.map()));
  if (rig.in_memory()) {
    WARN("the temporary folder is in memory: its pages do not go");
    return;
  }
  rig.file.drop();
  CHECK(rig.file.resident_share(0, 16 * mebibyte) <= cold_resident_share);
  rig.file.warm(4 * mebibyte, 4 * mebibyte);
  CHECK(rig.file.resident_share(4 * mebibyte, 4 * mebibyte) == 1.0);
  CHECK(rig.file.resident_share(0, 16 * mebibyte) == 0.25);  // nothing around it
  rig.file.drop(4 * mebibyte, 2 * mebibyte);
  CHECK(rig.file.resident_share(0, 16 * mebibyte) == Approx(0.125).margin(0.01));
}

TEST_CASE("file: too little room, a full disk and folders that take none are told",
          "[calibrate][storage]") {
  const TemporaryFolder folder;
  const std::filesystem::path here = folder.path("");
  const auto make_in = [](const std::filesystem::path& path) {
    return failure_of([&] { ScratchFile file(plan_in(path, mebibyte)); });
  };
  CHECK_THAT(make_in("/nonexistent"), Contains("/nonexistent") && Contains("No such file"));
  CHECK_THAT(make_in("/proc"), Contains("/proc"));
  CHECK_THAT(make_in(folder.write("file", "")), Contains("Not a directory"));
  std::filesystem::remove(folder.path("file"));

  rlimit before = {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit little = before;
  little.rlim_cur = 512 * kibibyte;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &little) == 0);
  const std::int64_t room = room_in(here);
  const std::string limited = make_in(here);
  ::setrlimit(RLIMIT_FSIZE, &before);
  CHECK(room == 512 * kibibyte);
  CHECK_THAT(limited, Contains("too little room"));

  const FileHandle full(::open("/dev/full", O_WRONLY));
  CHECK_THAT(failure_of([&] { fill_file(full.descriptor(), plan_in("", mebibyte)); }),
             Contains("No space left"));
  const std::atomic<bool> stop{true};
  ScratchPlan stopped = plan_in(here, mebibyte);
  stopped.stop = &stop;
  CHECK(failure_of([&] { ScratchFile file(stopped); }) == "stopped");
  CHECK(folder.names().empty());
}

TEST_CASE("file: a small disk is not filled, and one that fills up is left as it was",
          "[calibrate][storage]") {
  const SmallDisk disk;
  if (!disk.mounted()) {
    WARN("no permission to mount a small disk");
    return;
  }
  CHECK(room_in(disk.path()) == mebibyte);  // a quarter
  CHECK(failure_of([&] { ScratchFile file(plan_in(disk.path(), mebibyte)); }) == "none");
  CHECK_THAT(failure_of([&] { make_storage_backend({.folder = disk.path()}); }),
             Contains("too little room"));
  {
    const FileHandle file(::open(disk.path().c_str(), O_TMPFILE | O_RDWR, 0600));
    CHECK_THAT(failure_of([&] { fill_file(file.descriptor(), plan_in("", 8 * mebibyte)); }),
               Contains("No space left"));
  }
  CHECK(room_in(disk.path()) == mebibyte);
  CHECK(std::filesystem::is_empty(disk.path()));
}

TEST_CASE("readers: threads, map and io_uring give the same bytes", "[calibrate][storage]") {
  Rig rig;
  std::vector<std::unique_ptr<Reader>> readers;
  for (const Access access : {Access::buffered, Access::mapped})
    readers.push_back(make_reader(rig.on(), access, Order::random, 8, 64 * kibibyte));
  const bool direct = rig.file.reopen(O_DIRECT).open();
  if (direct)
    readers.push_back(make_reader(rig.on(), Access::direct, Order::random, 8, 64 * kibibyte));
  if (direct && uring_refusal().empty())
    readers.push_back(make_reader(rig.on(true), Access::direct, Order::random, 8, 64 * kibibyte));
  else
    WARN("no io_uring: " + uring_refusal());
  const BlockOrder order = random_order(64 * kibibyte, 256);
  for (const auto& reader : readers) {
    INFO(reader->words());
    std::vector<Request> requests;
    for (int i = 0; i < 8; ++i) requests.push_back(order.at(i));
    reader->read_all(requests);
    for (int i = 0; i < 8; ++i) {
      const auto at = static_cast<std::size_t>(requests[static_cast<std::size_t>(i)].offset);
      CHECK(std::memcmp(reader->buffer(i).data(), rig.file.map().data() + at, 64 * kibibyte) == 0);
    }
    CHECK(check_requests(*reader, requests).right);
    std::swap(requests[2], requests[5]);  // as if two reads had gone to each other's place
    CHECK_THAT(check_requests(*reader, requests).why,
               Contains("block at " + std::to_string(requests[2].offset)));
    const Window window = reader->stream(order, 250, {.requests = 20});
    CHECK(window.requests == 20);
    CHECK(window.seconds > 0.0);
    CHECK(window.issued >= 28);  // 8 before it
    CHECK(window.issued <= 36);  // and 8 that were under way at its end
  }
}

TEST_CASE("readers: a file that ends early is a failure, and all threads stop",
          "[calibrate][storage]") {
  Rig rig;
  REQUIRE(::ftruncate(rig.file.descriptor(), 8 * mebibyte) == 0);
  for (const bool uring : {false, true}) {
    if (uring && (!uring_refusal().empty() || !rig.file.reopen(O_DIRECT).open())) continue;
    const auto reader = make_reader(rig.on(uring), uring ? Access::direct : Access::buffered,
                                    Order::random, 8, 64 * kibibyte);
    CHECK(failure_of([&] {
            reader->stream(random_order(64 * kibibyte, 256), 0, {.requests = 1000});
          }) != "none");
    CHECK(failure_of([&] {
            reader->read_all(std::vector<Request>{{0, 64 * kibibyte}});
          }) == "none");
  }
}

TEST_CASE("storage_read: named as fio's, and a block in a wrong place is found",
          "[calibrate][storage]") {
  Rig rig;
  const StreamPattern direct{.depth = 8, .block_bytes = 64 * kibibyte};
  CHECK(stream_case(rig.on(true), direct).variant ==
        "direct, random, io_uring, queue depth 8, 1 jobs");
  CHECK(stream_case(rig.on(), direct).variant == "direct, random, psync, queue depth 1, 8 jobs");
  const StreamPattern cold{.access = Access::buffered,
                           .order = Order::sequential,
                           .depth = 8,
                           .block_bytes = 64 * kibibyte};
  CHECK(stream_case(rig.on(), cold).variant ==
        "buffered, sequential, psync, queue depth 1, 8 jobs, cold");
  // 8 x 8 blocks of 64 KiB are 4 MiB, of 1 MiB 64.
  CHECK(fits(direct, 4 * mebibyte));
  CHECK_FALSE(fits(direct, 4 * mebibyte - 1));

  StreamPattern warm = cold;
  warm.pages = Pages::warm;
  const auto kernel = make_stream_kernel(rig.on(), warm);
  CHECK(kernel->check().right);
  CHECK(kernel->run(3) > 0.0);
  std::vector<std::byte> other(64 * kibibyte);
  fill_pattern(6 * 64 * kibibyte, other);
  REQUIRE(::pwrite(rig.file.descriptor(), other.data(), other.size(), 5 * 64 * kibibyte) ==
          64 * kibibyte);
  const KernelCheck check = kernel->check();
  CHECK_FALSE(check.right);
  CHECK_THAT(check.why, Contains("byte 327680 of the file"));  // 5 x 65536
}

TEST_CASE("storage_read: what stays in memory is never called cold", "[calibrate][storage]") {
  struct stat shared = {};
  if (::stat("/dev/shm", &shared) != 0 || ::access("/dev/shm", W_OK) != 0) {
    WARN("no /dev/shm");
    return;
  }
  const auto backend = make_storage_backend({.folder = "/dev/shm", .file_bytes = 16 * mebibyte});
  if (backend->device() != "tmpfs") return;
  CHECK_THAT(backend->version(), Contains("nothing is cold"));
  const std::vector<KernelCase> cases = backend->cases(Depth::full);
  CHECK_FALSE(cases.empty());
  for (const KernelCase& each : cases) {
    INFO(each.variant);
    CHECK_THAT(each.variant, !Contains("cold") && !Contains("direct"));
  }
  const ScratchFile file(plan_in("/dev/shm", 16 * mebibyte));
  ThreadTeam team(1);
  const auto kernel = make_stream_kernel(
      {.file = file, .team = team}, {.access = Access::buffered, .block_bytes = 64 * kibibyte});
  CHECK_THAT(failure_of([&] { kernel->run(1); }), Contains("not cold: 100.0 %"));
}

TEST_CASE("storage_replay: as much of a model as the file holds", "[calibrate][storage]") {
  const ExpertShape model{
      .model = "m", .layers = 4, .experts = 32, .per_token = 4, .expert_bytes = mebibyte};
  CHECK(fitted(model, 1000 * mebibyte).layers == 4);
  CHECK(fitted(model, 95 * mebibyte).layers == 2);  // of 32 MiB each
  CHECK(fitted(model, 95 * mebibyte).experts == 32);
  CHECK(fitted(model, 31 * mebibyte).layers == 1);  // not whole
  CHECK(fitted(model, 31 * mebibyte).experts == 31);
  CHECK(fitted(model, 15 * mebibyte).layers == 0);  // 4 of 15 are no choice
}

TEST_CASE("storage_replay: tokens under a page cache of a size, each byte right",
          "[calibrate][storage]") {
  Rig rig;
  // 2 x 32 experts of 256 KiB: the file.
  const ExpertShape shape{
      .model = "m", .layers = 2, .experts = 32, .per_token = 4, .expert_bytes = 256 * kibibyte};
  const KernelCase half =
      replay_case({.shape = shape, .access = Access::buffered, .cached_share = 0.5});
  CHECK(half.work.bytes == 2.0 * 4.0 * 256.0 * 1024.0);
  CHECK(half.variant == "m, buffered, page cache of 50 %, 4 threads");
  for (const Access access : {Access::buffered, Access::mapped})
    for (const double share : {0.25, 0.5, 1.0}) {
      if (share < 1.0 && rig.in_memory()) continue;
      // Folios that the kernel reads around faults are larger than these experts: they stay.
      if (share < 1.0 && access == Access::mapped) continue;
      INFO(share);
      const auto kernel =
          make_replay_kernel(rig.on(), {.shape = shape, .access = access, .cached_share = share});
      CHECK(kernel->check().right);
      for (int i = 0; i < 5; ++i)
        CHECK(kernel->run(2) > 0.0);  // throws where it holds another share
      if (share < 1.0)
        CHECK(rig.file.resident_share(0, 16 * mebibyte) == Approx(share).margin(0.05));
    }
}

TEST_CASE("storage_contention: beside reads at a rate, which must be kept",
          "[calibrate][storage]") {
  Rig rig;
  if (!rig.file.reopen(O_DIRECT).open()) {
    WARN("no direct reads here");
    return;
  }
  SleepingBackend processor;
  const KernelCase inner = SleepingBackend::read(3e6);
  const Background slow{.words = "background reads at 1/4", .bytes_per_s = 4e6};
  const KernelCase of = contention_case(processor, inner, slow);
  CHECK(of.family == "storage_contention");
  CHECK(of.variant == "cpu read, background reads at 1/4");
  CHECK(of.work.bytes == 3e6);
  {
    const auto kernel = make_contention_kernel(rig.on(), processor, inner, slow);
    REQUIRE(kernel->check().right);
    CHECK(kernel->run(5) == Approx(5e-3));
  }
  const auto kernel = make_contention_kernel(rig.on(), processor, inner,
                                             {.words = "more than there is", .bytes_per_s = 1e15});
  REQUIRE(kernel->check().right);
  CHECK_THAT(failure_of([&] { kernel->run(600); }), Contains("% of their rate"));
}

TEST_CASE("storage: every kernel of a quick run reads what was written", "[calibrate][storage]") {
  const TemporaryFolder folder;
  SleepingBackend processor;
  const auto backend = make_storage_backend({.folder = folder.path(""),
                                             .computing = {&processor},
                                             .uring = false,
                                             .file_bytes = 64 * mebibyte});
  CHECK(backend->id() == "storage");
  CHECK_THAT(backend->version(), Contains("a file of 64 MiB, threads (no io_uring: not wanted)"));
  const std::vector<KernelCase> cases = backend->cases(Depth::quick);
  CHECK(cases.size() > 10);
  for (const KernelCase& each : cases) {
    INFO(each.family + ": " + each.variant);
    const auto kernel = backend->make(each);
    CHECK(kernel->kernel_case().variant == each.variant);
    CHECK(kernel->check().right);
    // Of so small a file the kernel may read more around a fault than what is cold has room for.
    if (each.variant.find("mmap") == std::string::npos) CHECK(kernel->run(1) > 0.0);
    if (each.family == "storage_contention") CHECK(each.work.bytes == 3e6);  // the largest
  }
  CHECK(folder.names().empty());
}

TEST_CASE("drive: its model, and the file system's name", "[calibrate][storage]") {
  const Rig rig;
  struct stat file = {};
  REQUIRE(::fstat(rig.file.descriptor(), &file) == 0);
  const std::string number =
      std::to_string(major(file.st_dev)) + ":" + std::to_string(minor(file.st_dev));
  const TemporaryFolder root;
  root.write("proc/self/mountinfo", "1 0 0:99999 / /else rw - other none rw\n36 35 " + number +
                                        " / /mnt rw,noatime master:1 - xfs /dev/sdx1 rw\n");
  CHECK(drive_of(rig.file.descriptor(), root.path("")).name == "/dev/sdx1");
  CHECK(drive_of(rig.file.descriptor(), root.path("")).file_system == "xfs");
  // A partition is a folder in that of its drive.
  root.write("devices/sdx/device/model", "Imaginary SSD 1   \n");
  root.write("devices/sdx/sdx1/partition", "1\n");
  std::filesystem::create_directories(root.path("sys/dev/block"));
  std::filesystem::create_symlink(root.path("devices/sdx/sdx1"),
                                  root.path("sys/dev/block/" + number));
  CHECK(drive_of(rig.file.descriptor(), root.path("")).name == "Imaginary SSD 1");
}
