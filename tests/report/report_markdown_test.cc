#include "report/report_markdown.h"

#include <sstream>
#include <string>

#include "report/markdown_page.h"
#include "report/random_outcome.h"
#include "report/ranking_report.h"
#include "report/sample_outcomes.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::test;
using Catch::Contains;

namespace {

int cell_borders(const std::string& line) {
  int borders = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\')
      ++i;
    else if (line[i] == '|')
      ++borders;
  }
  return borders;
}

// Outside code blocks, neighbouring lines of a table have equally many cells.
void check_tables(const std::string& markdown) {
  std::istringstream stream(markdown);
  int borders = 0;
  bool code = false;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("```")) code = !code;
    const bool in_table = !code && line.starts_with("|");
    const int here = in_table ? cell_borders(line) : 0;
    INFO(line);
    if (in_table && borders > 0) REQUIRE(here == borders);
    borders = here;
  }
  REQUIRE_FALSE(code);
}

}  // namespace

TEST_CASE("Markdown says what the text says", "[report][markdown]") {
  const std::string text = report_markdown(fitting_outcome());
  CHECK_THAT(text, Catch::StartsWith("# Mixtral 8x22B on server with 4x NVIDIA A100 SXM 80 GB\n"));
  CHECK_THAT(text, Contains("**FITS:** decodes 50.0 token/s per sequence"));
  CHECK_THAT(text, Contains("| decode, each sequence | 50.0 | token/s | 40.0 … 62.5 |"));
  CHECK_THAT(text, Contains("**GPU 0-3 memory, each:** 71.0 GB (70.5 … 72.0) of 80 GB usable"));
  CHECK_THAT(text, Contains("| routed experts | GPU memory bandwidth | 60.0 % | 12.0 ms |"));
  CHECK_THAT(text, Contains("| 1.70x | 85.0 token/s | 66.0 … 110 |"));
  CHECK_THAT(text, Contains("**Warning:** 2-bit weights lose quality"));
  CHECK_THAT(text, Contains("```sh\nvllm serve mistralai/Mixtral-8x22B-v0.1 "));
  CHECK_THAT(text, Contains("claimed, low confidence"));
}

TEST_CASE("markup in names means itself", "[report][markdown]") {
  CHECK(markdown_text("a|b*c_d<e>") == "a\\|b\\*c\\_d\\<e\\>");
  CHECK(markdown_text("line\nbreak\033[1m") == "line break?\\[1m");
}

TEST_CASE("a code block cannot be closed from inside", "[report][markdown]") {
  MarkdownPage page;
  page.code("echo ```` x");
  CHECK(page.take() == "`````sh\necho ```` x\n`````\n");
}

TEST_CASE("tables stay tables, whatever the outcome", "[report][markdown][property]") {
  Rng rng(4, "report markdown");
  for (int round = 0; round < 300; ++round) {
    check_tables(report_markdown(random_outcome(rng)));
    check_tables(ranking_markdown(random_text(rng), random_ranking(rng)));
  }
}
