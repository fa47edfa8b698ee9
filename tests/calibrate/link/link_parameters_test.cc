// What a measured link makes of the cost model's parameters, and where its profile goes.

#include <cmath>

#include "calibrate/apply_profile.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::calibrate;

namespace {

FamilyRate link_rate(const std::string& family, const std::string& variant, double rate,
                     double fixed_s) {
  return {.family = family,
          .format = "",
          .variant = variant,
          .fit = {.fixed_s = fixed_s,
                  .fixed_error_s = 0.03 * fixed_s,
                  .rate = rate,
                  .rate_error = 0.03,
                  .fixed_known = true,
                  .rate_known = true},
          .noise = 0.04};
}

Profile link_profile() {
  Profile profile{.date = "2026-05-20", .program = "plimsoll 1.0.0"};
  profile.backends.push_back({.id = "link", .device = "eth0 to orion, IPv4", .version = "TCP"});
  profile.backends.front().rates = {
      link_rate("link_round_trip", "TCP, 1 stream, under load", 1e9, 5e-3),
      link_rate("link_round_trip", "TCP", 1e8, 140e-6),
      link_rate("link_bandwidth", "TCP, 1 stream", 580e6, 1e-4),
      link_rate("link_bandwidth", "TCP, 1 stream, received", 560e6, 1e-4),
      link_rate("link_bandwidth", "TCP, 1 stream, both ways", 300e6, 1e-4),
      link_rate("link_bandwidth", "TCP, 8 streams", 590e6, 1e-4)};
  return profile;
}

}  // namespace

TEST_CASE("apply_profile: a link between hosts", "[calibrate][link]") {
  const Profile profile = link_profile();
  ProfileTarget target;
  target.host_link = "ethernet-5g";
  const auto moved = moved_roofs(profile, profile.backends.front(), target);
  REQUIRE(moved.size() == 2);
  // One connection, in the slower direction.
  CHECK(moved[0].key == "link:ethernet-5g:bandwidth");
  CHECK(moved[0].value == 560e6);
  // Error 3 % and noise 4 %.
  CHECK(moved[0].log_sigma == Approx(0.05));
  // Half of 140 us, which is the round trip of an idle link.
  CHECK(moved[1].key == "link:ethernet-5g:latency");
  CHECK(moved[1].value == Approx(70e-6));
  CHECK(moved[1].log_sigma == Approx(0.05));
}

TEST_CASE("profile: one of links stands beside that of the machine", "[calibrate][link]") {
  Profile profile = link_profile();
  profile.machine.cpu = "Imaginary 1";
  CHECK(is_of_links(profile));
  CHECK(profile_path("p", profile).filename() == "imaginary-1-2026-05-20-link.yaml");
  profile.backends.push_back({.id = "cpu", .device = "Imaginary 1", .version = ""});
  CHECK_FALSE(is_of_links(profile));
  CHECK(profile_path("p", profile).filename() == "imaginary-1-2026-05-20.yaml");
}
