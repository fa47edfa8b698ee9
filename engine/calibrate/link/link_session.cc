#include "calibrate/link/link_session.h"

#include <array>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace plimsoll::calibrate::link {
namespace {

void greet(Connection& connection, Role role, const Patience& patience) {
  connection.send(encode(Greeting{.role = role}), patience);
  std::array<std::byte, greeting_size> answer{};
  connection.receive(answer, patience);
  const Greeting theirs = decode_greeting(answer);
  if (theirs.version != protocol_version) throw KernelFailure(mismatch_text(theirs.version));
}

}  // namespace

LinkSession::LinkSession(const SessionOptions& options)
    : options_(options),
      control_(open(Role::control)),
      streams_(static_cast<std::size_t>(2 * most_streams)) {
  const Welcome welcome = decode_welcome(reply(FrameType::welcome, control_));
  peer_name_ = welcome.name;
  // The others go where the first one was answered.
  options_.addresses = {control_.socket().peer_address()};
  for (int i = 0; i < options_.streams; ++i) {
    join(welcome.token, i);
    join(welcome.token, most_streams + i);
  }
}

LinkSession::~LinkSession() {
  constexpr double soon = 1.0;
  if (broken_) return;
  try {
    control_.send(text_frame(FrameType::goodbye), Patience(in_seconds(soon)));
  } catch (const KernelFailure&) {
    // It went first.
  }
}

Connection LinkSession::open(Role role) const {
  Connection connection(
      connect_to_any(options_.addresses, options_.timeouts.connect_s, options_.stop));
  greet(connection, role, patience(options_.timeouts.handshake_s));
  return connection;
}

void LinkSession::join(const Token& token, int index) {
  Connection connection = open(Role::data);
  connection.send(encode(Join{.token = token, .index = index}),
                  patience(options_.timeouts.handshake_s));
  reply(FrameType::joined, connection);
  streams_[static_cast<std::size_t>(index)].emplace(std::move(connection));
}

Frame LinkSession::reply(FrameType type, Connection& connection) const {
  Frame frame = connection.receive_frame(patience(options_.timeouts.operation_s));
  if (frame.type == FrameType::refused) throw KernelFailure("it says: " + decode_text(frame));
  if (frame.type != type) throw KernelFailure("it broke the link protocol: an answer out of turn");
  return frame;
}

Moved LinkSession::move(const Transfer& transfer) {
  const double operation_s = options_.timeouts.operation_s;
  control_.send(encode(transfer), patience(operation_s));
  reply(FrameType::ready, control_);
  std::vector<Connection*> connections;
  for (const int index : connections_of(transfer))
    connections.push_back(&*streams_[static_cast<std::size_t>(index)]);
  return move_bytes(transfer, End::connector, connections,
                    {.operation_s = operation_s, .stop = options_.stop});
}

Transferred LinkSession::transfer(const Transfer& transfer) {
  if (broken_) throw KernelFailure(*broken_);
  try {
    Moved here = move(transfer);
    const Report there = decode_report(reply(FrameType::report, control_));
    Transferred result{.seconds = here.seconds,
                       .cpu_here_s = here.cpu_s,
                       .cpu_peer_s = 1e-9 * static_cast<double>(there.cpu_ns)};
    if (!here.wrong.empty())
      result.wrong = "received here: " + here.wrong;
    else if (!there.wrong.empty())
      result.wrong = "received there: " + there.wrong;
    return result;
  } catch (const KernelFailure& failure) {
    broken_ = failure.what();
    throw;
  }
}

std::string LinkSession::description() const {
  const Address own = control_.socket().own_address();
  const std::string interface = interface_of(own);
  const std::string host =
      peer_name_.empty() ? control_.socket().peer_address().endpoint().host : peer_name_;
  return (interface.empty() ? own.endpoint().host : interface) + " to " + host +
         (own.is_ipv6() ? ", IPv6" : ", IPv4");
}

std::string LinkSession::transport() const {
  std::string text = "TCP";
  const int descriptor = control_.socket().get();
#ifdef TCP_CONGESTION
  std::array<char, 32> algorithm{};
  socklen_t length = algorithm.size() - 1;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, algorithm.data(), &length) == 0)
    text += std::string(" ") + algorithm.data();
#endif
  int segment = 0;
  socklen_t size = sizeof segment;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_MAXSEG, &segment, &size) == 0 && segment > 0)
    text += ", segments of " + std::to_string(segment) + " bytes";
  return text;
}

}  // namespace plimsoll::calibrate::link
