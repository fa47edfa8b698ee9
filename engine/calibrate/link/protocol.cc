#include "calibrate/link/protocol.h"

#include <algorithm>
#include <sys/random.h>
#include <unistd.h>

#include "calibrate/kernel_failure.h"

namespace plimsoll::calibrate::link {
namespace {

constexpr std::string_view magic = "PLIMLINK";
static_assert(magic.size() + 2 + 2 <= greeting_size);

[[noreturn]] void break_off(const std::string& why) {
  throw KernelFailure("the other end broke the link protocol: " + why);
}

class PayloadWriter {
 public:
  template <class Unsigned>
  PayloadWriter& number(Unsigned value) {
    for (std::size_t i = sizeof value; i-- > 0;)
      bytes_.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i)));
    return *this;
  }
  PayloadWriter& raw(std::span<const std::byte> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  // To the end of the payload.
  PayloadWriter& text(std::string_view text) {
    return raw(std::as_bytes(std::span(text.substr(0, longest_text))));
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class PayloadReader {
 public:
  explicit PayloadReader(std::span<const std::byte> bytes) : left_(bytes) {}
  explicit PayloadReader(const Frame& frame, FrameType type) : left_(frame.payload) {
    if (frame.type != type)
      break_off("frame " + std::to_string(static_cast<int>(frame.type)) + " where " +
                std::to_string(static_cast<int>(type)) + " belongs");
  }

  std::span<const std::byte> raw(std::size_t size) {
    if (left_.size() < size) break_off("a frame too short for what it holds");
    const auto head = left_.first(size);
    left_ = left_.subspan(size);
    return head;
  }
  template <class Unsigned>
  Unsigned number() {
    std::uint64_t value = 0;
    for (const std::byte each : raw(sizeof(Unsigned)))
      value = value << 8 | std::to_integer<std::uint64_t>(each);
    return static_cast<Unsigned>(value);
  }
  template <class Unsigned>
  Unsigned number(Unsigned low, Unsigned high, const char* what) {
    const auto value = number<Unsigned>();
    if (value < low || value > high)
      break_off(std::string(what) + " of " + std::to_string(value) + ", not " +
                std::to_string(low) + " to " + std::to_string(high));
    return value;
  }
  Token token() {
    Token token{};
    std::ranges::copy(raw(token.size()), token.begin());
    return token;
  }
  std::string text() {
    if (left_.size() > longest_text) break_off("a text that is too long");
    std::string text;
    for (const std::byte each : raw(left_.size())) {
      const auto c = std::to_integer<unsigned char>(each);
      text += c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '?';
    }
    return text;
  }
  void end() const {
    if (!left_.empty()) break_off("a frame with " + std::to_string(left_.size()) + " bytes more");
  }

 private:
  std::span<const std::byte> left_;
};

bool is_frame_type(std::uint16_t type) {
  return type >= static_cast<std::uint16_t>(FrameType::welcome) &&
         type <= static_cast<std::uint16_t>(FrameType::goodbye);
}

}  // namespace

std::array<std::byte, greeting_size> encode(const Greeting& greeting) {
  const std::vector<std::byte> bytes = PayloadWriter()
                                           .text(magic)
                                           .number(greeting.version)
                                           .number(static_cast<std::uint16_t>(greeting.role))
                                           .take();
  std::array<std::byte, greeting_size> whole{};
  std::ranges::copy(bytes, whole.begin());
  return whole;
}

bool may_be_greeting(std::span<const std::byte> begin) {
  const auto head = begin.first(std::min(begin.size(), magic.size()));
  return std::ranges::equal(head, std::as_bytes(std::span(magic.substr(0, head.size()))));
}

Greeting decode_greeting(std::span<const std::byte, greeting_size> bytes) {
  if (!may_be_greeting(bytes)) throw KernelFailure("the other end is no plimsoll");
  PayloadReader reader(bytes.subspan(magic.size()));
  Greeting greeting{.version = reader.number<std::uint16_t>()};
  if (greeting.version != protocol_version) return greeting;
  greeting.role = static_cast<Role>(reader.number<std::uint16_t>(1, 2, "a role"));
  return greeting;
}

std::string mismatch_text(std::uint16_t theirs) {
  return "it speaks version " + std::to_string(theirs) +
         " of the link protocol, this program version " + std::to_string(protocol_version) +
         "; run the same plimsoll on both machines";
}

std::vector<std::byte> encode(const Frame& frame) {
  return PayloadWriter()
      .number(static_cast<std::uint16_t>(frame.type))
      .number(std::uint16_t{0})
      .number(static_cast<std::uint32_t>(frame.payload.size()))
      .raw(frame.payload)
      .take();
}

std::span<std::byte> FrameReader::space() {
  return std::span(bytes_).subspan(have_, wanted() - have_);
}

void FrameReader::filled(std::size_t count) {
  have_ += count;
  if (have_ != frame_head_size || payload_size_ > 0) return;
  PayloadReader head(std::span<const std::byte>(bytes_).first(frame_head_size));
  const auto type = head.number<std::uint16_t>();
  if (!is_frame_type(type)) break_off("a frame of unknown type " + std::to_string(type));
  type_ = static_cast<FrameType>(type);
  head.number<std::uint16_t>(0, 0, "a reserved field");
  payload_size_ = head.number<std::uint32_t>(0, most_payload, "a payload");
}

std::optional<Frame> FrameReader::take() {
  if (have_ < frame_head_size || have_ < wanted()) return std::nullopt;
  const auto payload = std::span(bytes_).subspan(frame_head_size, payload_size_);
  Frame frame{.type = type_, .payload = {payload.begin(), payload.end()}};
  have_ = 0;
  payload_size_ = 0;
  return frame;
}

Token random_token() {
  Token token{};
  if (::getentropy(token.data(), token.size()) != 0)
    throw KernelFailure("the system gives no random numbers");
  return token;
}

Frame encode(const Welcome& welcome) {
  return {.type = FrameType::welcome,
          .payload = PayloadWriter().raw(welcome.token).text(welcome.name).take()};
}

Frame encode(const Join& join) {
  return {
      .type = FrameType::join,
      .payload =
          PayloadWriter().raw(join.token).number(static_cast<std::uint16_t>(join.index)).take()};
}

Frame encode(const Transfer& transfer) {
  return {.type = FrameType::transfer,
          .payload = PayloadWriter()
                         .number(static_cast<std::uint8_t>(transfer.flow))
                         .number(static_cast<std::uint8_t>(transfer.checked))
                         .number(static_cast<std::uint16_t>(transfer.streams))
                         .number(transfer.bytes)
                         .number(transfer.launches)
                         .take()};
}

Frame encode(const Report& report) {
  return {
      .type = FrameType::report,
      .payload =
          PayloadWriter().number(report.cpu_ns).number(report.received).text(report.wrong).take()};
}

Frame text_frame(FrameType type, std::string_view text) {
  return {.type = type, .payload = PayloadWriter().text(text).take()};
}

Welcome decode_welcome(const Frame& frame) {
  PayloadReader reader(frame, FrameType::welcome);
  Welcome welcome{.token = reader.token(), .name = {}};
  welcome.name = reader.text();
  return welcome;
}

Join decode_join(const Frame& frame) {
  PayloadReader reader(frame, FrameType::join);
  Join join{.token = reader.token()};
  join.index = reader.number<std::uint16_t>(0, 2 * most_streams - 1, "a stream");
  reader.end();
  return join;
}

Transfer decode_transfer(const Frame& frame) {
  PayloadReader reader(frame, FrameType::transfer);
  Transfer transfer{.flow = static_cast<Flow>(reader.number<std::uint8_t>(0, 3, "a flow"))};
  transfer.checked = reader.number<std::uint8_t>(0, 1, "a flag") == 1;
  const bool message = transfer.flow == Flow::message;
  transfer.streams = reader.number<std::uint16_t>(
      1, message ? 1 : static_cast<std::uint16_t>(most_streams), "streams");
  transfer.bytes =
      reader.number<std::uint64_t>(1, message ? largest_message : largest_transfer, "bytes");
  transfer.launches = reader.number<std::uint32_t>(1, most_launches, "launches");
  reader.end();
  return transfer;
}

Report decode_report(const Frame& frame) {
  PayloadReader reader(frame, FrameType::report);
  Report report{.cpu_ns = reader.number<std::uint64_t>()};
  report.received = reader.number<std::uint64_t>();
  report.wrong = reader.text();
  return report;
}

std::string decode_text(const Frame& frame) {
  return PayloadReader(frame, frame.type).text();
}

}  // namespace plimsoll::calibrate::link
