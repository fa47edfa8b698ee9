// Both ends of a link measurement over loopback, with and without a faulty wire between them.

#include <array>
#include <fstream>
#include <future>
#include <sys/socket.h>

#include "calibrate/harness.h"
#include "calibrate/link/link_backend.h"
#include "calibrate/link/listener.h"
#include "calibrate/link/transfer.h"
#include "relay.h"
#include "support/catch.h"

using namespace plimsoll::calibrate;
using namespace plimsoll::calibrate::link;
using namespace plimsoll::calibrate::link::test;
using Catch::Contains;

namespace {

constexpr Timeouts quick{
    .connect_s = 1.0, .handshake_s = 0.2, .operation_s = 0.2, .wait_s = 0.3, .session_s = 20.0};
// Of a machine that may have other things to do.
constexpr Timeouts patient{.connect_s = 5.0, .handshake_s = 5.0, .operation_s = 5.0, .wait_s = 5.0};

// A listener that serves on its own thread.
class Served {
 public:
  explicit Served(const Timeouts& timeouts, const std::string& host = "127.0.0.1")
      : listener_({.address = resolve({host, 0}).front(),
                   .name = "test machine",
                   .timeouts = timeouts,
                   .stop = &stop_,
                   .note =
                       [this](const std::string& text) {
                         const std::lock_guard lock(mutex_);
                         notes_ += text + "\n";
                       },
                   .progress = {}}) {
    outcome_ = std::async(std::launch::async, [this]() -> std::string {
      try {
        const ListenerProgress done = listener_.serve();
        return "goodbye after " + std::to_string(done.transfers);
      } catch (const KernelFailure& failure) {
        return failure.what();
      }
    });
  }
  ~Served() { stop_ = true; }

  Address address() const { return resolve(listener_.endpoint()).front(); }
  // "goodbye after 3", or what went wrong.
  std::string outcome() { return outcome_.get(); }
  std::string notes() {
    const std::lock_guard lock(mutex_);
    return notes_;
  }
  void stop() { stop_ = true; }

 private:
  std::mutex mutex_;
  std::string notes_;
  std::atomic<bool> stop_{false};
  Listener listener_;
  std::future<std::string> outcome_;
};

SessionOptions session_at(const Address& address, const Timeouts& timeouts, int streams = 1) {
  return {.addresses = {address}, .streams = streams, .timeouts = timeouts};
}

Patience soon() {
  return Patience(in_seconds(5.0));
}

Connection raw_connection(const Address& address) {
  return Connection(connect_to_any({address}, 1.0, nullptr));
}

void send_bytes(Connection& connection, std::string_view text) {
  connection.send(std::as_bytes(std::span(text)), soon());
}

Greeting exchange_greetings(Connection& connection, Greeting greeting) {
  connection.send(encode(greeting), soon());
  std::array<std::byte, greeting_size> answer{};
  connection.receive(answer, soon());
  return decode_greeting(answer);
}

bool has_ended(Connection& connection) {
  std::byte more{};
  CHECK_THROWS_WITH(connection.receive({&more, 1}, soon()), Contains("has gone"));
  return true;
}

// What a session with one transfer ends with at the connecting end; empty: well.
std::string short_session(const Address& address, const Timeouts& timeouts,
                          std::uint64_t bytes = 300'000) {
  try {
    LinkSession session(session_at(address, timeouts));
    return session.transfer({.flow = Flow::there, .checked = true, .bytes = bytes}).wrong;
  } catch (const KernelFailure& failure) {
    return failure.what();
  }
}

// Both ways, on all connections.
std::uint64_t bytes_of_short_session() {
  Served served(patient);
  Relay relay(served.address(), {});
  REQUIRE(short_session(relay.address(), patient).empty());
  REQUIRE(served.outcome() == "goodbye after 1");
  return relay.passed();
}

}  // namespace

TEST_CASE("link: a whole measurement through the harness", "[calibrate][link]") {
  Served served(patient);
  BackendResult result;
  {
    LinkSession session(session_at(served.address(), patient, 2));
    const auto backend = make_link_backend(session, {2, 1}, 1e-4);
    CHECK_THAT(backend->device(), Contains("to test machine, IPv4"));
    CHECK_THAT(backend->version(), Contains("TCP") && Contains("link protocol 1"));
    // A clock that goes on by looking at it: however busy the machine is, every case gets its
    // share.
    double seconds = 0.0;
    result = run_backend(*backend, {.budget_s = 0.8, .now = [&] { return seconds += 1e-3; }});
  }
  CHECK_THAT(served.outcome(), Contains("goodbye after"));
  // 6 sizes of messages, 3 ways of 2 numbers of streams in 3 sizes, processor time of 2 ends.
  CHECK(result.points.size() == 6 + 3 * 2 * 3 + 2 * 2 * 2);
  for (const PointResult& point : result.points) {
    INFO(point.kernel_case.family << " " << point.kernel_case.variant << " " << point.why);
    CHECK(point.status == PointStatus::measured);
  }
  std::vector<std::string> rates;
  for (const FamilyRate& rate : result.rates) {
    rates.push_back(rate.family + " " + rate.variant);
    CHECK(rate.fit.rate > 0.0);
  }
  for (const char* name :
       {"link_round_trip TCP", "link_bandwidth TCP, 1 stream", "link_bandwidth TCP, 2 streams",
        "link_bandwidth TCP, 1 stream, received", "link_bandwidth TCP, 2 streams, both ways",
        "link_cpu per GB here, TCP, 1 stream",
        "link_cpu per GB at the peer, TCP, 2 streams, received"})
    CHECK_THAT(rates, Catch::VectorContains(std::string(name)));
}

TEST_CASE("link: every flow moves what it says, each byte checked", "[calibrate][link]") {
  const auto host = GENERATE("127.0.0.1", "::1");
  if (std::string(host) == "::1" && std::ifstream("/proc/net/if_inet6").peek() == EOF) return;
  Served served(patient, host);
  {
    LinkSession session(session_at(served.address(), patient, 3));
    CHECK_THAT(session.description(), Contains(host[0] == ':' ? "IPv6" : "IPv4"));
    // Sizes around words and blocks; the streams differ in nothing but their numbers.
    for (const std::uint64_t bytes : {1, 7, 8, 131'071, 131'073, 300'000})
      for (const Flow flow : {Flow::message, Flow::there, Flow::back, Flow::both}) {
        const Transferred done = session.transfer({.flow = flow,
                                                   .checked = bytes % 2 == 1,
                                                   .streams = flow == Flow::message ? 1 : 3,
                                                   .bytes = bytes,
                                                   .launches = 3});
        CHECK(done.wrong.empty());
        CHECK(done.seconds > 0.0);
      }
  }
  CHECK(served.outcome() == "goodbye after 24");
}

TEST_CASE("link: a slow wire takes its time", "[calibrate][link]") {
  Served served(patient);
  Relay relay(served.address(), {.delay = std::chrono::milliseconds(5)});
  LinkSession session(session_at(relay.address(), patient));
  // Four messages there and back, 5 ms each way at least.
  const double seconds = session.transfer({.flow = Flow::message, .launches = 4}).seconds;
  CHECK(seconds >= 8 * 0.005);
}

TEST_CASE("link: a wrong byte is reported and not timed", "[calibrate][link]") {
  Served served(patient);
  Relay relay(served.address(), {});
  LinkSession session(session_at(relay.address(), patient));
  const auto backend = make_link_backend(session, {1});
  KernelCase wanted;
  for (const KernelCase& each : backend->cases(Depth::quick))
    if (each.family == "link_round_trip" && each.shape.at("bytes") == 65536) wanted = each;
  const auto kernel = backend->make(wanted);
  REQUIRE(kernel->check().right);
  // On the way there: the transfer (8 + 16 bytes with its head), ready (8), then the message.
  const std::uint64_t before_message =
      frame_head_size + encode(Transfer{}).payload.size() + frame_head_size;
  relay.fault_after_more(Fault::flip, before_message + 1000);
  const KernelCheck check = kernel->check();
  CHECK_FALSE(check.right);
  CHECK_THAT(check.why, Contains("received there") && Contains("byte 1000 of"));
  CHECK(kernel->check().right);
  relay.fault_after_more(Fault::flip, before_message + 3);
  CHECK_THROWS_WITH(kernel->run(1), Contains("byte 3 of"));
  CHECK_FALSE(session.broken());
}

TEST_CASE("link: a wire cut anywhere ends both ends", "[calibrate][link]") {
  const std::uint64_t all = bytes_of_short_session();
  // What surrounds the 300,000 bytes: three connections' greetings, welcome, two joins, transfer,
  // ready, the signal of the one launch, report, goodbye.
  const std::uint64_t spoken = all - 300'000;
  CHECK(spoken < 700);
  std::vector<std::uint64_t> places = {0, 5, spoken + 1, 150'000, 299'000};
  for (std::uint64_t at = 16; at < spoken; at += 23) places.push_back(at);
  for (std::uint64_t back = 9; back < 100; back += 20) places.push_back(all - back);
  const auto begin = Clock::now();
  for (const std::uint64_t at : places) {
    INFO("cut after byte " << at << " of " << all);
    Served served(quick);
    Relay relay(served.address(), {.fault = Fault::cut, .after = at});
    const std::string here = short_session(relay.address(), patient);
    const std::string there = served.outcome();
    CHECK_FALSE(here.empty());
    CHECK_THAT(there, Contains("gone") || Contains("nobody came") || Contains("failed"));
  }
  // None of them waited for what will never come longer than it was told.
  CHECK(Clock::now() - begin < std::chrono::milliseconds(400) * places.size());
}

TEST_CASE("link: a peer that falls silent is not waited for", "[calibrate][link]") {
  // In a greeting, in a welcome, in a join, in the bytes, in the report.
  const std::uint64_t all = bytes_of_short_session();
  for (const std::uint64_t at : {10ul, 50ul, 130ul, 150'000ul, all - 20}) {
    INFO("silent after byte " << at << " of " << all);
    Served served(quick);
    Relay relay(served.address(), {.fault = Fault::hold, .after = at});
    // Whoever loses patience first goes, and the other one may see that.
    CHECK_THAT(short_session(relay.address(), quick), Contains("timed out") || Contains("gone"));
    CHECK_THAT(served.outcome(), Contains("timed out") || Contains("gone"));
  }
}

TEST_CASE("link: strays are sent away, and the peer is served all the same", "[calibrate][link]") {
  Timeouts timeouts = patient;
  timeouts.handshake_s = 0.1;
  Served served(timeouts);
  Connection garbage = raw_connection(served.address());
  send_bytes(garbage, "GET / HTTP/1.1\r\n");
  CHECK(has_ended(garbage));
  Connection slow = raw_connection(served.address());
  send_bytes(slow, "PLIM");
  Connection newer = raw_connection(served.address());
  CHECK(exchange_greetings(newer, {.version = 2}).version == protocol_version);
  CHECK(has_ended(newer));
  Connection oversized = raw_connection(served.address());
  CHECK(exchange_greetings(oversized, {.role = Role::data}).version == protocol_version);
  send_bytes(oversized, {"\0\3\0\0\xff\xff\xff\xff", 8});
  CHECK(has_ended(oversized));
  Connection stranger = raw_connection(served.address());
  exchange_greetings(stranger, {.role = Role::data});
  stranger.send(encode(Join{.token = random_token(), .index = 0}), soon());
  CHECK(stranger.receive_frame(soon()).type == FrameType::refused);
  CHECK(has_ended(slow));
  CHECK(short_session(served.address(), patient).empty());
  CHECK(served.outcome() == "goodbye after 1");
  CHECK_THAT(served.notes(), Contains("no plimsoll") && Contains("version 2") &&
                                 Contains("version 1") && Contains("did not introduce itself") &&
                                 Contains("a payload of 4294967295") &&
                                 Contains("does not belong to this session"));
}

TEST_CASE("link: one peer at a time, and no stream twice", "[calibrate][link]") {
  Served served(patient);
  {
    LinkSession first(session_at(served.address(), patient));
    CHECK_THAT(short_session(served.address(), patient), Contains("another machine is being"));
    CHECK(first.transfer({.flow = Flow::there, .bytes = 10}).wrong.empty());
    Connection data = raw_connection(served.address());
    exchange_greetings(data, {.role = Role::data});
    data.send(encode(Join{.token = random_token(), .index = 0}), soon());
    CHECK(decode_text(data.receive_frame(soon())) == "it does not belong to this session");
  }
  CHECK(served.outcome() == "goodbye after 1");
  CHECK_THAT(served.notes(), Contains("another machine"));
}

TEST_CASE("link: a peer that asks for too much is told so", "[calibrate][link]") {
  Served served(patient);
  Connection control = raw_connection(served.address());
  exchange_greetings(control, {});
  CHECK(control.receive_frame(soon()).type == FrameType::welcome);
  SECTION("streams that have not joined") {
    control.send(encode(Transfer{.flow = Flow::there, .streams = 4}), soon());
    CHECK_THAT(decode_text(control.receive_frame(soon())), Contains("has not joined"));
    CHECK_THAT(served.outcome(), Contains("has not joined"));
  }
  SECTION("more launches than there may be") {
    control.send(encode(Transfer{.launches = most_launches + 1}), soon());
    CHECK_THAT(served.outcome(), Contains("launches of 65537"));
  }
  SECTION("an answer where a question belongs") {
    control.send(encode(Report{}), soon());
    CHECK_THAT(served.outcome(), Contains("broke the link protocol"));
  }
  CHECK(has_ended(control));
}

TEST_CASE("link: a listener of another version, or none of ours", "[calibrate][link]") {
  const Socket door = listen_at(resolve({"127.0.0.1", 0}).front());
  auto answered =
      std::async(std::launch::async, [&] { return short_session(door.own_address(), patient); });
  Socket caller;
  while (caller.get() < 0) caller = Socket(::accept(door.get(), nullptr, nullptr));
  Connection connection(std::move(caller));
  SECTION("version 7") {
    connection.send(encode(Greeting{.version = 7}), soon());
    CHECK_THAT(answered.get(), Contains("version 7") && Contains("version 1"));
  }
  SECTION("another program") {
    send_bytes(connection, "SSH-2.0-OpenSSH_9.2p1\r\n");
    CHECK_THAT(answered.get(), Contains("no plimsoll"));
  }
  SECTION("an answer out of turn") {
    connection.send(encode(Greeting{}), soon());
    connection.send(text_frame(FrameType::ready), soon());
    CHECK_THAT(answered.get(), Contains("out of turn"));
  }
}

TEST_CASE("link: waits that end", "[calibrate][link]") {
  SECTION("nobody comes") {
    Timeouts brief = quick;
    brief.wait_s = 0.05;
    CHECK_THAT(Served(brief).outcome(), Contains("timed out: nobody came"));
  }
  SECTION("somebody stops the listener") {
    Served served(patient);
    served.stop();
    CHECK(served.outcome() == "stopped");
  }
  SECTION("somebody stops the connecting end in the middle of a transfer") {
    Served served(quick);
    std::atomic<bool> stop{false};
    SessionOptions options = session_at(served.address(), patient);
    options.stop = &stop;
    LinkSession session(options);
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      stop = true;
    });
    CHECK_THROWS_WITH(
        session.transfer({.flow = Flow::there, .bytes = largest_transfer, .launches = 60000}),
        "stopped");
    CHECK(session.broken());
    CHECK_THROWS_WITH(session.transfer({}), "stopped");
  }
  SECTION("nobody listens") {
    Address closed;
    {
      const Socket door = listen_at(resolve({"127.0.0.1", 0}).front());
      closed = door.own_address();
    }
    CHECK_THAT(short_session(closed, patient), Contains("127.0.0.1:") && Contains("refused"));
  }
  SECTION("somebody listens there already") {
    Served served(patient);
    CHECK_THROWS_WITH(listen_at(served.address()), Contains("cannot listen at 127.0.0.1:"));
  }
}
