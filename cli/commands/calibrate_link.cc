// calibrate link: the link between two machines, one of which listens and the other measures.

#include "commands/calibrate_link.h"

#include <array>
#include <cstdio>
#include <unistd.h>

#include "base/quantity_text.h"
#include "calibrate/link/link_backend.h"
#include "calibrate/link/listener.h"
#include "commands/calibrate_steps.h"
#include "commands/common.h"
#include "failure.h"
#include "output.h"

namespace plimsoll::cli {
namespace {

using namespace calibrate::link;
using calibrate::KernelFailure;

[[noreturn]] void refuse_link(const char* code, const std::string& message,
                              const std::string& expected) {
  Diagnostics diagnostics;
  diagnostics.error(code, {.file = "command line"}, message, expected);
  throw InputError(diagnostics);
}

// Before signals are held back: a name server may take its time.
std::vector<Address> addresses_of(const LinkOptions& link) {
  try {
    return resolve({.host = link.host, .port = link.port});
  } catch (const UnknownHost& unknown) {
    refuse_link("bad-value", unknown.what(), "the name or address of a machine");
  } catch (const KernelFailure& failure) {
    throw OutsideFailure(failure.what());
  }
}

std::string own_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

void say(const std::string& line) {
  std::fprintf(stderr, "%s\n", line.c_str());
}

// ----- the end that listens

// What to write on the other machine.
void invite(const Address& address, const Endpoint& at) {
  const auto command = [&](const char* option, const std::string& host) {
    const std::string place = at.port != default_port ? to_text({host, at.port}) : host;
    say(std::string("  plimsoll calibrate link ") + option + " " + place);
  };
  if (address.is_loopback()) {
    say("Only this machine reaches that:");
    command("--connect", at.host);
    const std::vector<std::string> own = own_addresses();
    if (!own.empty()) say("For another machine, listen at an address that it reaches instead:");
    for (const std::string& host : own) command("--listen", host);
    return;
  }
  say("On the other machine:");
  if (!address.is_any()) return command("--connect", at.host);
  for (const std::string& host : own_addresses())
    if ((host.find(':') != std::string::npos) == address.is_ipv6()) command("--connect", host);
}

std::string served_text(const ListenerProgress& progress) {
  return std::to_string(progress.transfers) + " transfers, " + print(Bytes(progress.bytes)) +
         " in " + print(Seconds(progress.seconds));
}

// A line when the peer is there, then one now and then.
class ListenerLines {
 public:
  void show(const ListenerProgress& progress) {
    constexpr double between_s = 5.0;
    if (progress.transfers == 0) return say("Connected: " + progress.peer);
    if (progress.seconds < next_s_) return;
    say("  " + served_text(progress));
    next_s_ = progress.seconds + between_s;
  }

 private:
  double next_s_ = 5.0;
};

ListenerProgress serve_peer(const LinkOptions& link, const Address& address,
                            const InterruptFlag& interrupt) {
  ListenerLines lines;
  Listener listener({.address = address,
                     .name = own_name(),
                     .timeouts = {.wait_s = link.wait_s},
                     .stop = &interrupt.flag(),
                     .note = say,
                     .progress = [&](const ListenerProgress& progress) { lines.show(progress); }});
  const Endpoint at = listener.endpoint();
  say("Listening at " + to_text(at) + " for one machine, " + print(Seconds(link.wait_s)) +
      " long.");
  invite(address, at);
  return listener.serve();
}

// ----- the end that measures

std::string entry_of_link(const std::string& name, Catalog& catalog) {
  if (name.empty()) return {};
  Diagnostics diagnostics;
  const LinkSpec* link = catalog.link(name, {.file = "command line"}, diagnostics);
  settle(diagnostics);
  return link->id;
}

calibrate::Profile measured_link(const CalibrateCommand& command, const SessionOptions& options,
                                 const InterruptFlag& interrupt, Catalog& catalog) {
  const DetectedMachine machine = detect({.id = this_machine}, {}, catalog);
  LinkSession session(options);
  std::vector<std::unique_ptr<calibrate::Backend>> backends;
  backends.push_back(make_link_backend(session, command.link.streams));
  calibrate::Profile profile = measure_machine(command, machine, backends, interrupt);
  // What was measured before is no whole profile.
  if (session.broken()) throw KernelFailure(*session.broken());
  return profile;
}

}  // namespace

void listen_for_link(const CalibrateCommand& command) {
  const Address address = addresses_of(command.link).front();
  const InterruptFlag interrupt;
  try {
    const ListenerProgress done = serve_peer(command.link, address, interrupt);
    std::string text = "Measured with " + done.peer + ": " + served_text(done);
    if (done.bytes > 0.0)
      text += ", " + print(Seconds(done.cpu_s / done.bytes * 1e9)) + " of processor time per GB";
    write_result({}, text + "\n");
  } catch (const KernelFailure& failure) {
    if (interrupt.flag()) throw Interrupted(interrupt.signal(), "Stopped.");
    throw OutsideFailure(std::string("the link: ") + failure.what());
  }
}

void measure_link(const CalibrateCommand& command) {
  Catalog catalog(data_folders(command.data));
  const std::string entry = entry_of_link(command.link.entry, catalog);
  SessionOptions options{.addresses = addresses_of(command.link),
                         .streams = command.link.streams.back()};
  const InterruptFlag interrupt;
  options.stop = &interrupt.flag();
  try {
    calibrate::Profile profile = measured_link(command, options, interrupt, catalog);
    for (calibrate::BackendResult& backend : profile.backends) backend.entry = entry;
    keep_profile(command, profile, {}, catalog);
  } catch (const KernelFailure& failure) {
    stop_if(interrupt);
    throw OutsideFailure("the link to " + command.link.host + ": " + failure.what() +
                         ". No profile was written.");
  }
}

}  // namespace plimsoll::cli
