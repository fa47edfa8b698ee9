#include "examples/report_difference.h"

#include "support/catch.h"

using namespace plimsoll::test;
using Catch::Equals;

TEST_CASE("two significant digits agree within one unit of the second", "[examples]") {
  CHECK(same_to_two_digits(0, 0));
  CHECK(same_to_two_digits(54.1, 54.9));
  CHECK(same_to_two_digits(9.94, 10.1));  // 9.9 and 10: the unit is that of the larger
  CHECK(same_to_two_digits(-47, -48));
  CHECK_FALSE(same_to_two_digits(54, 56));
  CHECK_FALSE(same_to_two_digits(1.0, 1.2));
  CHECK_FALSE(same_to_two_digits(0, 1e-9));
  CHECK_FALSE(same_to_two_digits(5, -5));
}

TEST_CASE("measured numbers are told from names", "[examples]") {
  const ReportLine figure = report_line("  decode   57.7   token/s  (39.5 … 84.1)");
  CHECK(figure.shape == " decode # token/s (# … #)");
  CHECK_THAT(figure.numbers, Equals(std::vector<double>{57.7, 39.5, 84.1}));

  CHECK(report_line("Llama 3.1 70B, Q4_K_M on 6x RTX 4090 (144 GB)").shape ==
        "Llama 3.1 70B, Q4_K_M on 6x RTX 4090 (# GB)");
  CHECK(
      report_line("  https://github.com/vllm-project/vllm/issues/11251 (2024-12)").numbers.empty());
  CHECK(report_line("vllm serve M --tensor-parallel-size 4").numbers.empty());
  CHECK_THAT(report_line("  \"low\": 1.5e-3,").numbers, Equals(std::vector<double>{1.5e-3}));
  CHECK_THAT(report_line("2,048 MB").numbers, Equals(std::vector<double>{2048}));
}

TEST_CASE("the length of a bar does not matter", "[examples]") {
  CHECK(report_line("  dense FFN  ████▎   75 %").shape ==
        report_line("  dense FFN  ███████  75 %").shape);
  CHECK(report_line("Speed ──── x").shape == report_line("Speed ─── x").shape);
}

TEST_CASE("a difference names the lines that changed", "[examples]") {
  const std::string old_text = "FITS: decodes 54.1 token/s.\nkept\ngone\n";
  CHECK(report_difference(old_text, "FITS: decodes 54.3 token/s.\nkept\ngone\n").empty());
  CHECK(report_difference(old_text, "FITS: decodes 61.0 token/s.\nkept\nnew\n") ==
        "- FITS: decodes 54.1 token/s.\n+ FITS: decodes 61.0 token/s.\n- gone\n+ new\n");
  CHECK(report_difference("on RTX 4090\n", "on RTX 4080\n") == "- on RTX 4090\n+ on RTX 4080\n");
}
