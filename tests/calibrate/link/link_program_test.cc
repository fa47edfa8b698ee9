// `plimsoll calibrate link` from the outside.

#include <csignal>
#include <future>

#include "calibrate/link/link_session.h"
#include "calibrate/link/listener.h"
#include "calibrate/profile.h"
#include "cli/run_program.h"
#include "relay.h"
#include "support/catch.h"

using namespace plimsoll::calibrate::link;
using namespace plimsoll::calibrate::link::test;
using namespace plimsoll::test;
using Catch::Contains;

namespace {

std::string refused(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"calibrate", "link"});
  const ProgramResult result = run_program(arguments, utf8);
  CHECK(result.status == 2);
  CHECK(result.output.empty());
  return result.errors;
}

// One that is free now.
int free_port() {
  return listen_at(resolve({"127.0.0.1", 0}).front()).own_address().endpoint().port;
}

// Not before somebody listens.
template <class Use>
void once_listening(int port, Use use) {
  const auto address = resolve({"127.0.0.1", port});
  const auto until = in_seconds(10.0);
  for (;;) {
    try {
      return use(address);
    } catch (const plimsoll::calibrate::KernelFailure&) {
      if (Clock::now() > until) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

}  // namespace

TEST_CASE("calibrate link: mistakes of the command line", "[cli][calibrate][link]") {
  CHECK_THAT(refused({}), Contains("[missing-argument]") && Contains("--listen ADDRESS"));
  CHECK_THAT(refused({"--listen", "--connect", "orion"}), Contains("[bad-option]"));
  CHECK_THAT(refused({"--connect", "orion:70000"}), Contains("[bad-value]") && Contains("65535"));
  CHECK_THAT(refused({"--connect", "orion:0"}), Contains("[bad-value]"));
  CHECK_THAT(refused({"--listen", "127.0.0.1:x"}), Contains("[bad-value]"));
  CHECK_THAT(refused({"--connect", "no-such-host.invalid."}),
             Contains("no-such-host.invalid") && Contains("[bad-value]"));
  CHECK_THAT(refused({"--connect", "127.0.0.1", "--streams", "1,17"}), Contains("from 1 to 16"));
  CHECK_THAT(refused({"--connect", "127.0.0.1", "--entry", "ethernet-5"}),
             Contains("did you mean 'ethernet-5g'"));
  CHECK_THAT(refused({"--connect", "127.0.0.1", "--wait", "3"}), Contains("--listen"));
  CHECK_THAT(refused({"--connect", "127.0.0.1", "--folder", "x"}), Contains("only a link"));
  CHECK_THAT(refused({"--listen", "--full", "-o", "p.yaml"}), Contains("what the other one asks"));
  CHECK_THAT(refused({"--listen", "--wait", "0"}), Contains("--wait cannot be '0'"));
  const ProgramResult other = run_program({"calibrate", "show", "--streams", "1"}, utf8);
  CHECK(other.status == 2);
  CHECK_THAT(other.errors, Contains("plimsoll calibrate link"));
}

TEST_CASE("calibrate link: nobody there, on either end", "[cli][calibrate][link]") {
  const TemporaryFolder folder;
  const std::string place = "127.0.0.1:" + std::to_string(free_port());
  const ProgramResult alone = run_program(
      {"calibrate", "link", "--connect", place, "-o", folder.path("p.yaml").string()}, utf8);
  CHECK(alone.status == 1);
  CHECK_THAT(alone.errors, Contains("refused") && Contains("No profile was written"));
  CHECK(folder.names().empty());
  const ProgramResult waiting =
      run_program({"calibrate", "link", "--listen", "127.0.0.1:0", "--wait", "0.1"}, utf8);
  CHECK(waiting.status == 1);
  CHECK_THAT(waiting.errors, Contains("Only this machine") && Contains("nobody came"));
  const ProgramResult foreign =
      run_program({"calibrate", "link", "--listen", "192.0.2.1"}, utf8);  // nobody's (RFC 5737)
  CHECK(foreign.status == 1);
  CHECK_THAT(foreign.errors, Contains("cannot listen at 192.0.2.1:61420"));
}

TEST_CASE("calibrate link --listen: serves a peer, and says what it did",
          "[cli][calibrate][link]") {
  const int port = free_port();
  auto listening = std::async(std::launch::async, [&] {
    return run_program({"calibrate", "link", "--listen", "127.0.0.1:" + std::to_string(port)},
                       utf8);
  });
  once_listening(port, [](const std::vector<Address>& address) {
    LinkSession session({.addresses = address, .streams = 2});
    CHECK_FALSE(session.peer_name().empty());
    for (int i = 0; i < 3; ++i)
      CHECK(session.transfer({.flow = Flow::back, .streams = 2, .bytes = 500'000}).wrong.empty());
  });
  const ProgramResult done = listening.get();
  CHECK(done.status == 0);
  CHECK_THAT(done.output, Contains("Measured with 127.0.0.1: 3 transfers, 3 MB in"));
  CHECK_THAT(done.errors,
             Contains("--connect 127.0.0.1:" + std::to_string(port)) && Contains("Connected"));
}

TEST_CASE("calibrate link --listen: Ctrl-C", "[cli][calibrate][link]") {
  const int port = free_port();
  bool listens = false;
  ProgramOptions options = utf8;
  options.signal = SIGINT;
  options.signal_when = [&] {
    try {
      connect_to_any(resolve({"127.0.0.1", port}), 1.0, nullptr);
      listens = true;
    } catch (const plimsoll::calibrate::KernelFailure&) {
    }
    return listens;
  };
  const ProgramResult stopped =
      run_program({"calibrate", "link", "--listen", "127.0.0.1:" + std::to_string(port)}, options);
  CHECK(stopped.status == 130);
  CHECK_THAT(stopped.errors, Contains("Stopped."));
}

TEST_CASE("calibrate link --connect: a peer that vanishes leaves no file",
          "[cli][calibrate][link]") {
  const TemporaryFolder folder;
  Listener listener({.address = resolve({"127.0.0.1", 0}).front(), .name = "orion"});
  auto served = std::async(std::launch::async, [&]() -> std::string {
    try {
      listener.serve();
      return "goodbye";
    } catch (const plimsoll::calibrate::KernelFailure& failure) {
      return failure.what();
    }
  });
  Relay relay(resolve(listener.endpoint()).front(), {.fault = Fault::cut, .after = 30'000'000});
  const std::string place = to_text(relay.address().endpoint());
  const ProgramResult result = run_program(
      {"calibrate", "link", "--connect", place, "-o", folder.path("p.yaml").string()}, utf8);
  CHECK_THAT(served.get(), Contains("gone") || Contains("failed"));
  CHECK(result.status == 1);
  CHECK(result.output.empty());
  CHECK_THAT(result.errors, Contains("has gone") && Contains("No profile was written"));
  CHECK(folder.names().empty());
}

TEST_CASE("calibrate link --connect: measures, and writes what it found",
          "[cli][calibrate][link]") {
  const TemporaryFolder folder;
  Listener listener({.address = resolve({"127.0.0.1", 0}).front(), .name = "orion"});
  auto served = std::async(std::launch::async, [&] { return listener.serve().transfers; });
  const std::string file = folder.path("p.yaml").string();
  // The family that is measured in a second or two.
  const ProgramResult result =
      run_program({"calibrate", "link", "--connect", to_text(listener.endpoint()), "--only",
                   "link_round_trip", "--streams", "1", "--entry", "ethernet-5g", "-o", file},
                  utf8);
  INFO(result.errors);
  CHECK(result.status == 0);
  CHECK(served.get() > 0);
  CHECK_THAT(result.output, Contains("orion") && Contains("link_round_trip"));
  plimsoll::Diagnostics diagnostics;
  const auto profile = plimsoll::calibrate::read_profile(file, diagnostics);
  REQUIRE(profile);
  CHECK(profile->depth == "quick");
  REQUIRE(profile->backends.size() == 1);
  CHECK(profile->backends[0].id == "link");
  CHECK(profile->backends[0].entry == "ethernet-5g");
  REQUIRE(profile->backends[0].rates.size() == 1);
  CHECK(profile->backends[0].rates[0].fit.rate > 0.0);
}
