// A profile beside a datasheet, an earlier profile and a roofline.

#include "calibrate/comparison.h"

#include "calibrate/roofline.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::calibrate;

namespace {

Catalog& database() {
  static Catalog catalog({find_data_folders({}, PLIMSOLL_SOURCE_DIR)});
  return catalog;
}

FamilyRate a_rate(const std::string& family, WorkKind per, double rate, double error = 0.01) {
  return {.family = family,
          .per = per,
          .fit = {.rate = rate,
                  .rate_error = error,
                  .work_low = 1.0,
                  .work_high = 10.0,
                  .points = 3,
                  .fixed_known = true,
                  .rate_known = true}};
}

PointResult a_point(const std::string& family, double bytes, double flop, double seconds) {
  return {.kernel_case = {.family = family, .work = {.bytes = bytes, .flop = flop}},
          .status = PointStatus::measured,
          .times = {.median = seconds, .low = seconds, .high = seconds, .count = 1}};
}

Profile profile_of(double read) {
  BackendResult cuda{.id = "cuda", .device = "NVIDIA H100 SXM5 80GB"};
  cuda.rates = {a_rate("read", WorkKind::bytes, read),
                a_rate("copy", WorkKind::bytes, 0.9 * read),
                a_rate("matrix_vector", WorkKind::bytes, 0.5 * read),
                a_rate("matrix_matrix", WorkKind::flop, 600e12),
                a_rate("dispatch", WorkKind::items, 1e6),
                a_rate("host_copy", WorkKind::bytes, 50e9)};
  cuda.points = {a_point("matrix_vector", 1e6, 4e6, 1e-6), a_point("matrix_vector", 1e8, 4e8, 1e-4),
                 a_point("matrix_matrix", 1e8, 1e11, 2e-4), a_point("read", 1e8, 0.0, 1e-4)};
  return {.name = "A machine", .date = "2026-05-20", .backends = {cuda}};
}

}  // namespace

TEST_CASE("rates are held against the datasheet and against the best memory kernel",
          "[calibrate]") {
  const Profile profile = profile_of(3e12);
  const auto compared = compare_profile(profile, {}, database());
  REQUIRE(compared.size() == 1);
  const ComparedBackend& cuda = compared[0];
  CHECK(cuda.device_name == "NVIDIA H100 SXM5 80 GB");
  REQUIRE(cuda.datasheet.bandwidth);
  REQUIRE(cuda.datasheet.compute);
  CHECK(cuda.measured.bandwidth == 3e12);
  CHECK(cuda.measured.compute == 600e12);
  REQUIRE(cuda.rates.size() == 6);
  CHECK(*cuda.rates[0].of_datasheet == Approx(3e12 / *cuda.datasheet.bandwidth));
  CHECK(*cuda.rates[2].of_measured == Approx(0.5));
  CHECK(*cuda.rates[3].of_datasheet == Approx(600e12 / *cuda.datasheet.compute));
  CHECK_FALSE(cuda.rates[4].of_measured);  // launches have no roof
  CHECK_FALSE(cuda.rates[5].of_measured);  // the host link's is another
}

TEST_CASE("a change counts beyond two standard errors of both", "[calibrate]") {
  const Profile now = profile_of(3e12);
  const std::vector<Profile> earlier = {profile_of(2.95e12), profile_of(2e12)};
  const auto compared = compare_profile(now, earlier, database());
  const ComparedRate& read = compared[0].rates[0];
  REQUIRE(read.over_earlier.size() == 2);
  CHECK(*read.over_earlier[0] == Approx(3.0 / 2.95));
  CHECK(*read.over_earlier[1] == Approx(1.5));
  CHECK(read.changed);
  const auto only_near = compare_profile(now, std::span(earlier).first(1), database());
  CHECK_FALSE(only_near[0].rates[0].changed);  // 1.7 % with 1.4 % of error
}

TEST_CASE("a device that nobody knows has no datasheet", "[calibrate]") {
  Profile profile = profile_of(1e12);
  profile.backends[0].device = "Imaginary 3000";
  const auto compared = compare_profile(profile, {}, database());
  CHECK(compared[0].device_name.empty());
  CHECK_FALSE(compared[0].rates[0].of_datasheet);
  CHECK(compared[0].rates[0].of_measured);
}

TEST_CASE("a roofline has the largest case of each kernel that computes", "[calibrate]") {
  const Profile profile = profile_of(3e12);
  const Roofline roofline = roofline_of(compare_profile(profile, {}, database())[0]);
  REQUIRE(roofline.points.size() == 2);
  CHECK(roofline.points[0].name == "matrix_vector");
  CHECK(roofline.points[0].intensity == Approx(4.0));
  CHECK(roofline.points[0].flops == Approx(4e12));
  CHECK(roofline.points[1].intensity == Approx(1000.0));
  CHECK(roofline.drawable());
  const auto lines = roofline_lines(roofline, 80, true);
  REQUIRE_FALSE(lines.empty());
  std::string all;
  for (const std::string& line : lines) all += line;
  CHECK(all.find('a') != std::string::npos);
  for (const std::string& line : roofline_lines(roofline, 80, false))
    for (const char c : line) CHECK(static_cast<unsigned char>(c) < 0x80);
}

TEST_CASE("a point on the roof is drawn on the roof", "[calibrate]") {
  Roofline roofline{.title = "a < b",
                    .measured = {.bandwidth = 1e12, .compute = 1e14},
                    .points = {{.name = "k & l", .intensity = 10.0, .flops = 1e13}}};
  const std::string svg = roofline_svg({roofline});
  CHECK(svg.find("a &lt; b") != std::string::npos);
  CHECK(svg.find("k &amp; l") != std::string::npos);
  // 10 FLOP/B at 1 TB/s: the point lies on the line. Axes are whole decades: 0.1 to 1000 (the ridge
  // at 100, twice that to its right), and 1e11 to 1e14.
  CHECK(svg.find("cx=\"430\" cy=\"186.7\"") != std::string::npos);
  CHECK(svg.find("M110 440L590 60L750 60") != std::string::npos);
}

TEST_CASE("nothing to draw is an empty picture", "[calibrate]") {
  const Roofline nothing;
  CHECK_FALSE(nothing.drawable());
  CHECK(roofline_lines(nothing, 80, true).empty());
  CHECK(roofline_svg({nothing}).ends_with("</svg>\n"));
}

TEST_CASE("results of other programs are compared with the device that they mean", "[calibrate]") {
  Profile ours = profile_of(3e12);
  ours.depth = "quick";
  const auto change_beside = [&](const std::string& device, const std::string& depth,
                                 bool second_device = false) {
    Profile other = profile_of(2e12);
    other.depth = depth;
    other.backends[0].device = device;
    if (second_device) other.backends.push_back({.id = "cuda", .device = "Another"});
    const auto compared = compare_profile(ours, std::vector{other}, database());
    return compared[0].rates[0].over_earlier.at(0);
  };
  // Of ours only the very name, of others a part of it, or no other device to mean.
  CHECK(change_beside("NVIDIA H100 SXM5 80GB", "full") == Approx(1.5));
  CHECK_FALSE(change_beside("NVIDIA H100", "full"));
  CHECK(change_beside("NVIDIA H100", "", true) == Approx(1.5));
  CHECK_FALSE(change_beside("/dev/nvidia0", "", true));
  CHECK(change_beside("/dev/nvidia0", "") == Approx(1.5));
}
