#include "calibrate/link/link_backend.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "calibrate/kernel_failure.h"

namespace plimsoll::calibrate::link {
namespace {

constexpr double bytes_of_gb = 1e9;

// Bandwidths are of three sizes, each half of the next: enough to tell the start of a transfer from
// its rate, and none so small that what a shaper lets through at once decides.
constexpr std::uint64_t size_step = 2;
constexpr std::uint64_t smallest_size = 256 * 1024;

double longest_transfer_s(Depth depth) {
  return depth == Depth::quick ? 0.04 : 0.2;
}

struct Direction {
  Flow flow;
  const char* suffix;  // as iperf3's results are called
};

constexpr Direction there{Flow::there, ""};
constexpr Direction back{Flow::back, ", received"};
constexpr Direction both{Flow::both, ", both ways"};

std::string streams_text(int streams) {
  return "TCP, " + std::to_string(streams) + (streams == 1 ? " stream" : " streams");
}

// Whose processor time.
enum class Watched { none, here, peer };

// A case with what it asks of the session.
struct LinkCase {
  KernelCase kernel_case;
  Transfer transfer;
  Watched watched = Watched::none;
};

// At least so many together: what a shaper saved up while nothing was sent (tbf's burst) goes out
// faster than the line, once.
constexpr int steady_launches = 4;

class LinkKernel final : public Kernel {
 public:
  LinkKernel(LinkSession& session, LinkCase of) : session_(session), of_(std::move(of)) {}

  const KernelCase& kernel_case() const override { return of_.kernel_case; }

  // Every byte, at both ends.
  KernelCheck check() override {
    Transfer transfer = of_.transfer;
    transfer.checked = true;
    const std::string wrong = session_.transfer(transfer).wrong;
    return {.right = wrong.empty(), .why = wrong};
  }

  double run(int launches) override {
    Transfer transfer = of_.transfer;
    const int run = transfer.flow == Flow::message ? launches : std::max(launches, steady_launches);
    transfer.launches = static_cast<std::uint32_t>(run);
    const Transferred result = session_.transfer(transfer);
    if (!result.wrong.empty()) throw KernelFailure(result.wrong);
    return watched(result) * launches / run;
  }

 private:
  double watched(const Transferred& result) const {
    if (of_.watched == Watched::none) return result.seconds;
    // The clock of processor time may not have moved; nothing is free.
    constexpr double tick = 1e-6;
    return std::max(tick, of_.watched == Watched::here ? result.cpu_here_s : result.cpu_peer_s);
  }

  LinkSession& session_;
  LinkCase of_;
};

class LinkBackend final : public Backend {
 public:
  LinkBackend(LinkSession& session, std::vector<int> streams, double longest_s)
      : session_(session), streams_(std::move(streams)), longest_s_(longest_s) {}

  std::string id() const override { return "link"; }
  std::string device() const override { return session_.description(); }
  std::string version() const override {
    return session_.transport() + ", link protocol " + std::to_string(protocol_version);
  }
  // A link has no clock that could be read, nor tells what others send over it.
  DeviceState state() override {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    return {.clock_hz = unknown, .temperature_c = unknown, .busy_share = unknown};
  }

  std::vector<KernelCase> cases(Depth depth) override {
    cases_.clear();
    add_round_trips(depth);
    const std::uint64_t largest =
        size_lasting(longest_s_ > 0.0 ? longest_s_ : longest_transfer_s(depth));
    for (const Direction& direction : {there, back, both})
      for (const int streams : streams_)
        for (std::uint64_t size = largest / (size_step * size_step); size <= largest;
             size *= size_step)
          add_bandwidth(direction, streams, size);
    for (const Direction& direction : {there, back}) add_cpu(direction, largest);
    std::vector<KernelCase> all;
    for (const LinkCase& each : cases_) all.push_back(each.kernel_case);
    return all;
  }

  std::unique_ptr<Kernel> make(const KernelCase& wanted) override {
    for (const LinkCase& each : cases_)
      if (each.kernel_case.family == wanted.family && each.kernel_case.variant == wanted.variant &&
          each.kernel_case.shape == wanted.shape)
        return std::make_unique<LinkKernel>(session_, each);
    throw KernelFailure("no kernel for " + wanted.family);
  }

 private:
  void add_round_trips(Depth depth) {
    const std::uint64_t step = depth == Depth::quick ? 16 : 4;
    for (std::uint64_t size = 1; size <= largest_message; size *= step)
      cases_.push_back(
          {.kernel_case = {.family = "link_round_trip",
                           .format = {},
                           .variant = "TCP",
                           .shape = {{"bytes", static_cast<std::int64_t>(size)}},
                           .work = {.bytes = 2.0 * static_cast<double>(size), .items = 1.0}},
           .transfer = {.flow = Flow::message, .bytes = size}});
  }

  // The same number of bytes whatever the number of streams.
  static Transfer shared(Flow flow, int streams, std::uint64_t size) {
    const auto count = static_cast<std::uint64_t>(streams);
    return {.flow = flow, .streams = streams, .bytes = std::max<std::uint64_t>(1, size / count)};
  }

  static double bytes_each_way(const Transfer& transfer) {
    return static_cast<double>(transfer.bytes) * transfer.streams;
  }

  static std::map<std::string, std::int64_t> shape_of(const Transfer& transfer) {
    return {{"bytes", static_cast<std::int64_t>(bytes_each_way(transfer))},
            {"streams", transfer.streams}};
  }

  void add_bandwidth(const Direction& direction, int streams, std::uint64_t size) {
    const Transfer transfer = shared(direction.flow, streams, size);
    cases_.push_back({.kernel_case = {.family = "link_bandwidth",
                                      .format = {},
                                      .variant = streams_text(streams) + direction.suffix,
                                      .shape = shape_of(transfer),
                                      .work = {.bytes = bytes_each_way(transfer), .items = 1.0}},
                      .transfer = transfer});
  }

  // With the fewest and the most streams, at both ends.
  void add_cpu(const Direction& direction, std::uint64_t size) {
    std::vector<int> counts = {streams_.front()};
    if (streams_.size() > 1) counts.push_back(streams_.back());
    for (const int streams : counts)
      for (const Watched watched : {Watched::here, Watched::peer}) {
        const Transfer transfer = shared(direction.flow, streams, size);
        const std::string whose = watched == Watched::here ? "here" : "at the peer";
        const std::string variant =
            "per GB " + whose + ", " + streams_text(streams) + direction.suffix;
        cases_.push_back(
            {.kernel_case = {.family = "link_cpu",
                             .format = {},
                             .variant = variant,
                             .shape = shape_of(transfer),
                             .work = {.items = bytes_each_way(transfer) / bytes_of_gb}},
             .transfer = transfer,
             .watched = watched});
      }
  }

  // Of the slower direction; a power of two, so that runs on the same link compare.
  std::uint64_t size_lasting(double seconds) {
    std::uint64_t size = smallest_size * size_step;
    while (size * size_step <= largest_transfer && probe(size) * size_step < seconds)
      size *= size_step;
    return std::max(size, smallest_size * size_step * size_step);
  }

  double probe(std::uint64_t size) {
    double slowest = 0.0;
    for (const Flow flow : {Flow::there, Flow::back})
      slowest = std::max(slowest,
                         session_.transfer({.flow = flow, .bytes = size, .launches = 1}).seconds);
    return slowest;
  }

  LinkSession& session_;
  std::vector<int> streams_;  // rising
  double longest_s_;
  std::vector<LinkCase> cases_;
};

}  // namespace

std::unique_ptr<Backend> make_link_backend(LinkSession& session, std::vector<int> streams,
                                           double longest_s) {
  std::ranges::sort(streams);
  return std::make_unique<LinkBackend>(session, std::move(streams), longest_s);
}

}  // namespace plimsoll::calibrate::link
