// The processors that may be used, and the threads on them.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <thread>
#include <unistd.h>

#include "calibrate/cpu/cpu_kernel.h"
#include "calibrate/kernel_failure.h"
#include "support/catch.h"

namespace plimsoll::calibrate::cpu {
namespace {

// A folder of files that goes with the test.
class QuotaFolder {
 public:
  explicit QuotaFolder(const char* name)
      : path_(std::filesystem::temp_directory_path() /
              (std::string("plimsoll-quota-") + name + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_ / "cpu");
  }
  ~QuotaFolder() { std::filesystem::remove_all(path_); }
  QuotaFolder(const QuotaFolder&) = delete;
  QuotaFolder& operator=(const QuotaFolder&) = delete;

  void write(const char* file, const char* text) const { std::ofstream(path_ / file) << text; }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("a cgroup's quota is threads") {
  SECTION("version 2") {
    const QuotaFolder folder("v2");
    folder.write("cpu.max", "150000 100000\n");
    CHECK(cgroup_cpu_quota(folder.path()) == 1.5);
  }
  SECTION("version 2 without a limit") {
    const QuotaFolder folder("max");
    folder.write("cpu.max", "max 100000\n");
    CHECK(cgroup_cpu_quota(folder.path()) == 0.0);
  }
  SECTION("version 1") {
    const QuotaFolder folder("v1");
    folder.write("cpu/cpu.cfs_quota_us", "400000\n");
    folder.write("cpu/cpu.cfs_period_us", "100000\n");
    CHECK(cgroup_cpu_quota(folder.path()) == 4.0);
  }
  SECTION("version 1 without a limit") {
    const QuotaFolder folder("none");
    folder.write("cpu/cpu.cfs_quota_us", "-1\n");
    folder.write("cpu/cpu.cfs_period_us", "100000\n");
    CHECK(cgroup_cpu_quota(folder.path()) == 0.0);
  }
  SECTION("no cgroup") {
    CHECK(cgroup_cpu_quota("/nonexistent") == 0.0);
  }
}

TEST_CASE("the machine has processors, each once, cores first") {
  const Topology topology;
  REQUIRE(!topology.processors().empty());
  CHECK(topology.threads() >= 1);
  CHECK(topology.threads() <= static_cast<int>(topology.processors().size()));
  CHECK(topology.cores() >= 1);
  std::set<int> seen;
  int sibling = 0;
  for (const Processor& each : topology.processors()) {
    CHECK(seen.insert(each.os_index).second);
    CHECK(each.sibling >= sibling);
    sibling = each.sibling;
  }
}

TEST_CASE("memory is there, or the refusal says so") {
  const Topology topology;
  const Buffer<float> buffer(topology, 1000, 0);
  std::iota(buffer.data(), buffer.data() + 1000, 0.0F);
  CHECK(buffer.data()[999] == 999.0F);
  CHECK(Buffer<float>(topology, 0, -1).data() == nullptr);
  CHECK_THROWS_AS(Buffer<char>(topology, std::size_t{1} << 60, -1), KernelFailure);
}

TEST_CASE("shares are everything once, in whole steps") {
  const auto count = GENERATE(0, 1, 7, 64, 1000);
  const auto threads = GENERATE(1, 2, 3, 64);
  const auto step = GENERATE(1, 4, 16);
  std::int64_t next = 0;
  for (int thread = 0; thread < threads; ++thread) {
    const Share share = share_of(count, thread, threads, step);
    CHECK(share.first == next);
    CHECK((share.first % step == 0 || share.first == count));
    CHECK(share.last - share.first <= (count + step - 1) / step / threads * step + step);
    next = share.last;
  }
  CHECK(next == count);
}

TEST_CASE("work of all threads is done once, in whole steps, a thread's own share first") {
  const auto count = GENERATE(0, 1, 7, 64, 1000);
  const auto threads = GENERATE(1, 2, 3, 64);
  const auto step = GENERATE(1, 4, 16);
  SharedWork work(threads);
  for (int round = 0; round < 2; ++round) {
    work.begin(count, step);
    std::vector<int> taken(static_cast<std::size_t>(count));
    const auto take = [&](int thread) {
      const auto piece = work.take(thread);
      if (!piece) return false;
      CHECK(piece->first < piece->last);
      CHECK(piece->first % step == 0);
      for (auto at = piece->first; at < piece->last; ++at) ++taken[static_cast<std::size_t>(at)];
      return true;
    };
    for (int thread = 0; thread < threads; ++thread) {
      const Share own = share_of(count, thread, threads, step);
      if (own.first == own.last) continue;
      take(thread);
      CHECK(taken[static_cast<std::size_t>(own.first)] == 1);
    }
    for (int thread = threads; thread-- > 0;)
      for (int pieces = 0; pieces < 5 && take(thread); ++pieces) continue;
    while (take(0)) continue;
    CHECK(taken == std::vector<int>(static_cast<std::size_t>(count), 1));
    CHECK_FALSE(work.take(threads - 1));
  }
}

TEST_CASE("a thread that is slow keeps nobody waiting") {
  constexpr int threads = 4;
  SharedWork work(threads);
  work.begin(1600, 1);
  const auto slow = work.take(0);  // and comes for no other
  REQUIRE(slow);
  std::int64_t done = slow->last - slow->first;
  CHECK(done == 25);  // a sixteenth of a share of 400
  for (bool any = true; any;) {
    any = false;
    for (int thread = 1; thread < threads; ++thread) {
      const auto piece = work.take(thread);
      if (!piece) continue;
      any = true;
      done += piece->last - piece->first;
    }
  }
  CHECK(done == 1600);
}

TEST_CASE("threads that take work at once get every thing once") {
  constexpr int threads = 8;
  constexpr std::int64_t count = 100000;
  SharedWork work(threads);
  work.begin(count, 1);
  std::vector<std::atomic<int>> taken(count);
  std::vector<std::thread> takers;
  for (int thread = 0; thread < threads; ++thread)
    takers.emplace_back([&, thread] {
      while (const auto piece = work.take(thread))
        for (auto at = piece->first; at < piece->last; ++at) ++taken[static_cast<std::size_t>(at)];
    });
  for (std::thread& taker : takers) taker.join();
  CHECK(std::all_of(taken.begin(), taken.end(), [](const auto& times) { return times == 1; }));
}

// More threads than this machine has take turns on it.
TEST_CASE("a pool's threads all work, and meet at barriers") {
  const Topology topology;
  const auto threads = GENERATE(1, 2, 5);
  std::vector<Processor> processors;
  for (int i = 0; i < threads; ++i) {
    processors.push_back(
        topology.processors()[static_cast<std::size_t>(i) % topology.processors().size()]);
  }
  ThreadPool pool(topology, processors);
  CHECK(pool.threads() == threads);
  std::vector<int> calls(static_cast<std::size_t>(threads));
  std::atomic<int> arrived = 0;
  std::atomic<int> early = 0;
  constexpr int runs = 50;
  for (int run = 0; run < runs; ++run) {
    arrived = 0;
    pool.run([&](int thread) {
      ++calls[static_cast<std::size_t>(thread)];
      ++arrived;
      pool.barrier();
      if (arrived != threads) ++early;
      pool.barrier();
      ++arrived;
    });
    CHECK(arrived == 2 * threads);
  }
  CHECK(early == 0);
  CHECK(calls == std::vector<int>(static_cast<std::size_t>(threads), runs));
}

}  // namespace plimsoll::calibrate::cpu
