#include "calibrate/link/transfer.h"

#include <algorithm>
#include <exception>
#include <latch>
#include <sys/resource.h>
#include <system_error>
#include <thread>

#include "base/elapsed.h"
#include "calibrate/link/payload.h"

namespace plimsoll::calibrate::link {
namespace {

// As iperf3's default for TCP.
constexpr std::uint64_t bulk_block = 128 * 1024;

enum class Step { out, in, signal, await };

struct Steps {
  Step first;
  Step second;
};

Step mirrored(Step step) {
  switch (step) {
    case Step::out:
      return Step::in;
    case Step::in:
      return Step::out;
    case Step::signal:
      return Step::await;
    case Step::await:
      break;
  }
  return Step::signal;
}

// Of one stream; `flow` is not both.
Steps steps_of(Flow flow, End end) {
  Steps steps{.first = Step::out, .second = Step::in};
  if (flow == Flow::there) steps.second = Step::await;
  if (flow == Flow::back) steps.first = Step::signal;
  if (end == End::connector) return steps;
  return {.first = mirrored(steps.first), .second = mirrored(steps.second)};
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// One stream's part of a transfer, on a thread of its own.
class StreamRun {
 public:
  StreamRun(const Transfer& transfer, End end, int index, Connection& connection,
            const Limits& limits, std::atomic<bool>& abandoned)
      : transfer_(transfer),
        steps_(steps_of(flow_of(transfer, index), end)),
        end_(end),
        index_(index),
        connection_(connection),
        limits_(limits),
        abandoned_(abandoned),
        block_(std::min(transfer.bytes,
                        transfer.flow == Flow::message ? largest_message : bulk_block)) {
    fill_block(block_, 0);
  }

  // Leaves a failure for `finish`, and stops the other streams then.
  void run() noexcept {
    try {
      for (std::uint32_t launch = 0; launch < transfer_.launches; ++launch) {
        launch_ = launch;
        step(steps_.first);
        step(steps_.second);
      }
    } catch (...) {
      failure_ = std::current_exception();
      first_to_fail_ = !abandoned_.exchange(true);
    }
  }

  bool first_to_fail() const { return first_to_fail_; }
  void rethrow() const { std::rethrow_exception(failure_); }
  std::uint64_t received() const { return received_; }
  const std::string& wrong() const { return wrong_; }

 private:
  static Flow flow_of(const Transfer& transfer, int index) {
    if (transfer.flow != Flow::both) return transfer.flow;
    return index < most_streams ? Flow::there : Flow::back;
  }

  Patience patience() const { return limits_.patience(&abandoned_); }

  void step(Step step) {
    std::byte signal{1};
    switch (step) {
      case Step::out:
        return each_block(end_, [&](auto block, auto sequence) { put_out(block, sequence); });
      case Step::in:
        return each_block(other_end(),
                          [&](auto block, auto sequence) { take_in(block, sequence); });
      case Step::signal:
        return connection_.send({&signal, 1}, patience());
      case Step::await:
        return connection_.receive({&signal, 1}, patience());
    }
  }

  End other_end() const { return end_ == End::connector ? End::listener : End::connector; }

  // Different for every block of a transfer, by who sends it, on which stream, and as how manieth.
  template <class Use>
  void each_block(End sender, Use use) {
    const std::uint64_t blocks = (transfer_.bytes + block_.size() - 1) / block_.size();
    const std::uint64_t origin = (sender == End::listener ? std::uint64_t{1} << 63 : 0) |
                                 static_cast<std::uint64_t>(index_) << 48;
    for (std::uint64_t i = 0; i < blocks; ++i) {
      // Of a link that is never waited for, too.
      patience().check("the session lasts too long");
      const std::uint64_t left = transfer_.bytes - i * block_.size();
      use(std::span(block_).first(std::min<std::uint64_t>(left, block_.size())),
          origin | (launch_ * blocks + i));
    }
  }

  void put_out(std::span<std::byte> block, std::uint64_t sequence) {
    transfer_.checked ? fill_block(block, sequence) : stamp_block(block, sequence);
    connection_.send(block, patience());
  }

  void take_in(std::span<std::byte> block, std::uint64_t sequence) {
    connection_.receive(block, patience());
    received_ += block.size();
    const auto at =
        transfer_.checked ? first_wrong(block, sequence) : first_wrong_of_stamp(block, sequence);
    if (at && wrong_.empty()) note_wrong(block, *at);
  }

  void note_wrong(std::span<const std::byte> block, std::size_t at) {
    wrong_ = "stream " + std::to_string(index_) + ", launch " + std::to_string(launch_) +
             ": byte " + std::to_string(received_ - block.size() + at) + " of those received is " +
             std::to_string(std::to_integer<int>(block[at])) + ", not what was sent";
  }

  const Transfer& transfer_;
  Steps steps_;
  End end_;
  int index_;
  Connection& connection_;
  const Limits& limits_;
  std::atomic<bool>& abandoned_;
  std::vector<std::byte> block_;
  std::uint64_t launch_ = 0;
  std::uint64_t received_ = 0;
  std::string wrong_;
  std::exception_ptr failure_;
  bool first_to_fail_ = false;
};

// All at once, the first on this thread. Seconds from when all were ready.
double run_together(std::vector<StreamRun>& streams, std::atomic<bool>& abandoned) {
  std::latch ready(static_cast<std::ptrdiff_t>(streams.size()));
  std::vector<std::jthread> threads;
  try {
    for (std::size_t i = 1; i < streams.size(); ++i)
      threads.emplace_back([&, i] {
        ready.arrive_and_wait();
        streams[i].run();
      });
  } catch (const std::system_error& refused) {
    // Those that are there must not wait for those that will never be.
    abandoned = true;
    ready.count_down(static_cast<std::ptrdiff_t>(streams.size() - threads.size()));
    throw KernelFailure(std::string("a thread for each stream: ") + refused.what());
  }
  ready.arrive_and_wait();
  const Clock::time_point begin = Clock::now();
  streams.front().run();
  threads.clear();
  return seconds_since(begin);
}

}  // namespace

std::vector<int> connections_of(const Transfer& transfer) {
  std::vector<int> indices;
  for (int i = 0; i < transfer.streams; ++i) {
    if (transfer.flow != Flow::back) indices.push_back(i);
    if (transfer.flow == Flow::back || transfer.flow == Flow::both)
      indices.push_back(most_streams + i);
  }
  return indices;
}

Moved move_bytes(const Transfer& transfer, End end, std::span<Connection* const> connections,
                 const Limits& limits) {
  const std::vector<int> indices = connections_of(transfer);
  std::atomic<bool> abandoned{false};
  std::vector<StreamRun> streams;
  streams.reserve(indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i)
    streams.emplace_back(transfer, end, indices[i], *connections[i], limits, abandoned);
  Moved moved;
  const double cpu_before = cpu_seconds();
  moved.seconds = run_together(streams, abandoned);
  moved.cpu_s = cpu_seconds() - cpu_before;
  for (const StreamRun& stream : streams) {
    if (stream.first_to_fail()) stream.rethrow();
    moved.received += stream.received();
    if (moved.wrong.empty()) moved.wrong = stream.wrong();
  }
  return moved;
}

}  // namespace plimsoll::calibrate::link
