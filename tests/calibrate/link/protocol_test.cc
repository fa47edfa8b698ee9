// The link protocol without a socket.

#include "calibrate/link/protocol.h"

#include <rapidcheck/catch.h>

#include "calibrate/kernel_failure.h"
#include "calibrate/link/address.h"
#include "calibrate/link/payload.h"
#include "support/catch.h"

using namespace plimsoll::calibrate;
using namespace plimsoll::calibrate::link;
using Catch::Contains;

namespace {

std::vector<std::byte> bytes_of(const std::vector<std::uint8_t>& numbers) {
  std::vector<std::byte> bytes;
  for (const std::uint8_t each : numbers) bytes.push_back(static_cast<std::byte>(each));
  return bytes;
}

// All frames in the bytes, which come in pieces of that size; stops at the first broken one.
std::vector<Frame> frames_in(std::span<const std::byte> bytes, std::size_t piece) {
  FrameReader reader;
  std::vector<Frame> frames;
  while (!bytes.empty()) {
    const auto space = reader.space();
    const std::size_t count = std::min({piece, space.size(), bytes.size()});
    std::copy_n(bytes.begin(), count, space.begin());
    reader.filled(count);
    bytes = bytes.subspan(count);
    if (auto frame = reader.take()) frames.push_back(std::move(*frame));
  }
  return frames;
}

Frame frame_with(FrameType type, const std::vector<std::uint8_t>& payload) {
  return {.type = type, .payload = bytes_of(payload)};
}

}  // namespace

TEST_CASE("link protocol: a greeting on the wire", "[calibrate][link]") {
  const auto bytes = encode(Greeting{.role = Role::data});
  // The magic word, version 1, role 2, four bytes of nothing.
  const auto expected = bytes_of({'P', 'L', 'I', 'M', 'L', 'I', 'N', 'K', 0, 1, 0, 2, 0, 0, 0, 0});
  CHECK(std::ranges::equal(bytes, expected));
  CHECK(decode_greeting(bytes).role == Role::data);
  CHECK(may_be_greeting(std::span(bytes).first(3)));
  CHECK_FALSE(may_be_greeting(bytes_of({'G', 'E', 'T'})));
}

TEST_CASE("link protocol: another version is a version, whatever follows", "[calibrate][link]") {
  auto bytes = encode(Greeting{});
  bytes[9] = std::byte{2};
  bytes[11] = std::byte{77};
  CHECK(decode_greeting(bytes).version == 2);
  CHECK_THAT(mismatch_text(2), Contains("version 2") && Contains("version 1"));
  bytes[9] = std::byte{1};
  CHECK_THROWS_WITH(decode_greeting(bytes), Contains("a role of 77"));
}

TEST_CASE("link protocol: what a frame says is what was put in", "[calibrate][link]") {
  rc::prop("transfer", [](bool checked) {
    const bool message = *rc::gen::arbitrary<bool>();
    const Transfer transfer{
        .flow = message ? Flow::message : *rc::gen::element(Flow::there, Flow::back, Flow::both),
        .checked = checked,
        .streams = message ? 1 : *rc::gen::inRange(1, most_streams + 1),
        .bytes =
            *rc::gen::inRange<std::uint64_t>(1, (message ? largest_message : largest_transfer) + 1),
        .launches = *rc::gen::inRange<std::uint32_t>(1, most_launches + 1)};
    const auto piece = *rc::gen::inRange<std::size_t>(1, 40);
    const auto frames = frames_in(encode(encode(transfer)), piece);
    RC_ASSERT(frames.size() == 1u);
    const Transfer read = decode_transfer(frames.front());
    RC_ASSERT(read.flow == transfer.flow);
    RC_ASSERT(read.checked == transfer.checked);
    RC_ASSERT(read.streams == transfer.streams);
    RC_ASSERT(read.bytes == transfer.bytes);
    RC_ASSERT(read.launches == transfer.launches);
  });
  const Report report = decode_report(encode(Report{.cpu_ns = 7, .received = 1ull << 40}));
  CHECK(report.cpu_ns == 7);
  CHECK(report.received == 1ull << 40);
  CHECK(decode_text(text_frame(FrameType::refused, "be\x1b[31mware\n")) == "be?[31mware?");
  CHECK(decode_text(text_frame(FrameType::refused, std::string(1000, 'x'))).size() == longest_text);
}

TEST_CASE("link protocol: random bytes break off or are frames, and stay in their bounds",
          "[calibrate][link]") {
  rc::prop("any bytes", [](const std::vector<std::uint8_t>& numbers) {
    const auto piece = *rc::gen::inRange<std::size_t>(1, 9);
    try {
      for (const Frame& frame : frames_in(bytes_of(numbers), piece))
        RC_ASSERT(frame.payload.size() <= most_payload);
    } catch (const KernelFailure&) {
    }
  });
  rc::prop("any payload", [](const std::vector<std::uint8_t>& numbers) {
    const auto type = *rc::gen::element(FrameType::welcome, FrameType::join, FrameType::transfer,
                                        FrameType::report, FrameType::refused);
    const Frame frame = frame_with(type, numbers);
    try {
      decode_welcome(frame);
      decode_report(frame);
    } catch (const KernelFailure&) {
    }
    try {
      const Transfer transfer = decode_transfer(frame);
      RC_ASSERT(transfer.streams <= most_streams);
      RC_ASSERT(transfer.bytes <= largest_transfer);
    } catch (const KernelFailure&) {
    }
    try {
      RC_ASSERT(decode_join(frame).index < 2 * most_streams);
    } catch (const KernelFailure&) {
    }
  });
}

TEST_CASE("link protocol: lengths are refused before anything is read by them",
          "[calibrate][link]") {
  const auto head = [](std::uint8_t type, std::uint8_t high, std::uint8_t low) {
    return frames_in(bytes_of({0, type, 0, 0, 0, 0, high, low}), 8);
  };
  CHECK(head(8, 0, 0).size() == 1);
  CHECK(head(8, 2, 0).empty());  // 512: its payload is still to come
  CHECK_THROWS_WITH(head(8, 2, 1), Contains("513"));
  CHECK_THROWS_WITH(head(9, 0, 0), Contains("unknown type 9"));
  CHECK_THROWS_WITH(head(0, 0, 0), Contains("unknown type 0"));
  CHECK_THROWS_WITH(frames_in(bytes_of({0, 8, 0, 1, 0, 0, 0, 0}), 8), Contains("reserved"));
}

TEST_CASE("link protocol: transfers beyond the bounds", "[calibrate][link]") {
  const auto refused = [](const Transfer& transfer) {
    CHECK_THROWS_AS(decode_transfer(encode(transfer)), KernelFailure);
  };
  refused({.flow = Flow::there, .streams = 0});
  refused({.flow = Flow::there, .streams = most_streams + 1});
  refused({.flow = Flow::message, .streams = 2});
  refused({.flow = Flow::message, .bytes = largest_message + 1});
  refused({.flow = Flow::there, .bytes = largest_transfer + 1});
  refused({.flow = Flow::there, .bytes = 0});
  refused({.flow = Flow::there, .launches = most_launches + 1});
  Frame longer = encode(Transfer{});
  longer.payload.push_back(std::byte{0});
  CHECK_THROWS_WITH(decode_transfer(longer), Contains("1 bytes more"));
  CHECK_THROWS_AS(decode_join(encode(Join{.token = {}, .index = 2 * most_streams})), KernelFailure);
  CHECK_THROWS_AS(decode_join(encode(Transfer{})), KernelFailure);
}

TEST_CASE("link payload: any changed byte is found where it is", "[calibrate][link]") {
  rc::prop("one byte", [](std::uint64_t sequence) {
    const auto size = *rc::gen::inRange<std::size_t>(1, 100);
    const auto at = *rc::gen::inRange<std::size_t>(0, size);
    std::vector<std::byte> block(size);
    fill_block(block, sequence);
    RC_ASSERT(!first_wrong(block, sequence));
    RC_ASSERT(!first_wrong_of_stamp(block, sequence));
    block[at] ^= std::byte{static_cast<unsigned char>(*rc::gen::inRange(1, 256))};
    RC_ASSERT(first_wrong(block, sequence) == at);
    RC_ASSERT(first_wrong_of_stamp(block, sequence).has_value() == (at < 8));
    stamp_block(block, sequence);
    RC_ASSERT(!first_wrong_of_stamp(block, sequence));
  });
}

TEST_CASE("link address: how an endpoint is written", "[calibrate][link]") {
  const auto is = [](const char* text, const char* host, int port) {
    INFO(text);
    const auto endpoint = parse_endpoint(text);
    REQUIRE(endpoint);
    CHECK(endpoint->host == host);
    CHECK(endpoint->port == port);
  };
  is("orion", "orion", default_port);
  is("orion:5", "orion", 5);
  is("10.0.0.7:65535", "10.0.0.7", 65535);
  is("::1", "::1", default_port);
  is("fe80::1%eth0", "fe80::1%eth0", default_port);
  is("[::1]", "::1", default_port);
  is("[::1]:0", "::1", 0);
  for (const char* text : {"", ":5", "orion:", "orion:65536", "orion:-1", "orion:5x", "orion: 5",
                           "[::1", "[]:5", "[::1]5", "http://orion", "a b"}) {
    INFO(text);
    CHECK_FALSE(parse_endpoint(text));
  }
  CHECK(to_text({"::1", 5}) == "[::1]:5");
  CHECK(to_text({"10.0.0.7", 5}) == "10.0.0.7:5");
}

TEST_CASE("link address: what addresses are", "[calibrate][link]") {
  CHECK(resolve({"127.0.0.9", 1}).front().is_loopback());
  CHECK(resolve({"::1", 1}).front().is_loopback());
  CHECK(resolve({"0.0.0.0", 1}).front().is_any());
  CHECK(resolve({"::", 1}).front().is_any());
  CHECK_FALSE(resolve({"192.0.2.1", 1}).front().is_loopback());
  CHECK(resolve({"::ffff:192.0.2.1", 7}).front().endpoint() == Endpoint{"192.0.2.1", 7});
  CHECK_THROWS_AS(resolve({"300.300.300.300.invalid.", 1}), KernelFailure);
}
