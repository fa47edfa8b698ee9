// What the two ends of a link measurement say to each other. Nothing here touches a socket.
//
//   either end   greeting   16 bytes, the same in every version: magic, version, role
//   listener     welcome    token of this session, name of the machine       (on the first
//   connection) connector    join       token and number, on each further connection     -> joined
//   connector    transfer   what is to be moved                              -> ready
//                           bytes on the joined connections (transfer.h)     -> report
//   either end   goodbye    why
//   listener     refused    why, instead of welcome, joined or ready
//
// A frame is type (2 bytes), zero (2 bytes), length of the payload (4 bytes), payload. Numbers are
// big-endian. Every length is checked before it is used, and nothing is allocated by a number that
// the other end named. Everything that breaks the rules is a KernelFailure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::calibrate::link {

inline constexpr std::uint16_t protocol_version = 1;
inline constexpr std::size_t greeting_size = 16;
inline constexpr std::size_t frame_head_size = 8;
inline constexpr std::size_t most_payload = 512;
inline constexpr std::size_t longest_text = 200;  // of names and reasons; longer ones are cut

// What a transfer may ask for.
inline constexpr int most_streams = 16;  // each way
inline constexpr std::uint64_t largest_message = 1 << 20;
inline constexpr std::uint64_t largest_transfer = 1 << 30;  // of a stream and launch
inline constexpr std::uint32_t most_launches = 1 << 16;

enum class Role : std::uint16_t { control = 1, data = 2 };

struct Greeting {
  std::uint16_t version = protocol_version;
  Role role = Role::control;
};

std::array<std::byte, greeting_size> encode(const Greeting& greeting);
// Of another version, too: only its number is certain then.
Greeting decode_greeting(std::span<const std::byte, greeting_size> bytes);
// Whether the bytes so far can still become a greeting.
bool may_be_greeting(std::span<const std::byte> begin);
// "it speaks version 2 of the link protocol, this program version 1; …"
std::string mismatch_text(std::uint16_t theirs);

enum class FrameType : std::uint16_t {
  welcome = 1,
  refused = 2,
  join = 3,
  joined = 4,
  transfer = 5,
  ready = 6,
  report = 7,
  goodbye = 8
};

struct Frame {
  FrameType type = FrameType::goodbye;
  std::vector<std::byte> payload{};  // at most most_payload
};

std::vector<std::byte> encode(const Frame& frame);

// Puts a frame together from bytes as they come: fills `space()` by and by.
class FrameReader {
 public:
  // What is still missing of the head or of the payload; never empty before the frame is whole.
  std::span<std::byte> space();
  // So many of it were filled. Throws at the end of a head that is none.
  void filled(std::size_t count);
  // The frame once it is whole; the next one begins then.
  std::optional<Frame> take();

 private:
  std::size_t wanted() const { return frame_head_size + payload_size_; }

  std::array<std::byte, frame_head_size + most_payload> bytes_{};
  std::size_t have_ = 0;
  std::size_t payload_size_ = 0;
  FrameType type_ = FrameType::goodbye;
};

using Token = std::array<std::byte, 16>;

// From the system's random numbers: a stray connection cannot guess it. It is no secret from those
// who can read the link.
Token random_token();

struct Welcome {
  Token token{};
  std::string name;  // of the listener's machine
};

struct Join {
  Token token{};
  int index = 0;  // from 0 to 2 most_streams - 1: those for one way, then those for the other
};

enum class Flow : std::uint8_t {
  message = 0,  // there and back, on one stream
  there = 1,    // from the connector to the listener
  back = 2,
  both = 3  // each way at once, on connections of their own
};

struct Transfer {
  Flow flow = Flow::message;
  bool checked = false;     // every byte, else the first eight of each block
  int streams = 1;          // each way
  std::uint64_t bytes = 1;  // of a stream, launch and way
  std::uint32_t launches = 1;
};

// What the listener saw of a transfer.
struct Report {
  std::uint64_t cpu_ns = 0;  // of the program, user and system
  std::uint64_t received = 0;
  std::string wrong{};  // the first byte that was; empty: none
};

Frame encode(const Welcome& welcome);
Frame encode(const Join& join);
Frame encode(const Transfer& transfer);
Frame encode(const Report& report);
Frame text_frame(FrameType type, std::string_view text = {});

Welcome decode_welcome(const Frame& frame);
Join decode_join(const Frame& frame);
Transfer decode_transfer(const Frame& frame);
Report decode_report(const Frame& frame);
// Printable, whatever they sent.
std::string decode_text(const Frame& frame);

}  // namespace plimsoll::calibrate::link
