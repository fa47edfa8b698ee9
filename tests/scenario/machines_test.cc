// "4x NAME over LINK in a RING" and its spellings.
#include <optional>
#include <string>

#include "base/quantity_text.h"
#include "scenario/scenario.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

struct Spelling {
  const char* text;
  int count;
  const char* system;
  const char* link;
  std::optional<Topology> topology = {};
};

TEST_CASE("machines are read in every spelling", "[scenario]") {
  const Spelling spellings[] = {
      {"box", 1, "box", ""},
      {"  box  ", 1, "box", ""},
      {"4x box", 4, "box", ""},
      {"4 x box", 4, "box", ""},
      {"box x4", 4, "box", ""},
      {"4x box over ethernet-5g", 4, "box", "ethernet-5g"},
      {"box x4 over Ethernet 5 Gbit/s", 4, "box", "Ethernet 5 Gbit/s"},
      {" 2x  MacBook Pro 16  over  thunderbolt-5 ", 2, "MacBook Pro 16", "thunderbolt-5"},
      {"10000x box", 10000, "box", ""},
      {"4x box over ethernet-5g in a ring", 4, "box", "ethernet-5g", Topology::ring},
      {"box x4 over usb4 in a mesh ", 4, "box", "usb4", Topology::mesh},
      {"4x box in a chain", 4, "box", "", Topology::chain},
      {"4x box over ethernet-5g in a star", 4, "box", "ethernet-5g", Topology::star},
      // What is no topology belongs to the name before it.
      {"4x box over wire in a tree", 4, "box", "wire in a tree"},
      {"box in a rings", 1, "box in a rings", ""},
      // Digits and x inside a name count nothing.
      {"rtx-4090", 1, "rtx-4090", ""},
      {"4090", 1, "4090", ""},
      {"rtx-4090-6x", 1, "rtx-4090-6x", ""},
      {"4xbox", 1, "4xbox", ""},
      {"Max x", 1, "Max x", ""},
      {"overland", 1, "overland", ""},
  };
  for (const Spelling& spelling : spellings) {
    INFO("'" << spelling.text << "'");
    const auto machines = parse_machines(spelling.text);
    REQUIRE(machines.has_value());
    CHECK(machines->count == spelling.count);
    CHECK(machines->system == spelling.system);
    CHECK(machines->link == spelling.link);
    CHECK(machines->topology == spelling.topology);
  }
}

TEST_CASE("what names no machines is refused", "[scenario]") {
  for (const char* text : {"", "   ", "0x box", "box x0", "10001x box", "box x10001",
                           "99999999999999999999x box", "4x  over ethernet-5g", "4x in a ring",
                           // Two counts: which one is meant?
                           "4x box x2"}) {
    INFO("'" << text << "'");
    CHECK_FALSE(parse_machines(text).has_value());
  }
}

}  // namespace
}  // namespace plimsoll
