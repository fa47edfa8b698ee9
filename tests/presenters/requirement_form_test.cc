#include "presenters/requirement_form.h"

#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

TEST_CASE("a form and its requirement say the same", "[requirement_form]") {
  const RequirementForm typed = {{"model", "gemma-2b"},
                                 {"quantization", "q4_k_m"},
                                 {"engine", "llama.cpp:vulkan"},
                                 {"systems", "frame"},
                                 {"at_least", "12.5"},
                                 {"ttft", "2"},
                                 {"context", "32768"},
                                 {"prompt", "1000"},
                                 {"generate", "500"},
                                 {"users", "8"},
                                 {"replicas_to_spare", "1"},
                                 {"budget", "3000"},
                                 {"power", "600"},
                                 {"own", "dgx-spark\n2x framework-desktop-128gb\n"},
                                 {"pay", "rent"}};
  const CheckedForm checked = check(typed);
  REQUIRE(checked.requirement);
  CHECK(checked.problems.empty());
  CHECK(checked.requirement->own.size() == 2);
  CHECK(form_of(*checked.requirement) == typed);
}

TEST_CASE("what is not said is not asked", "[requirement_form]") {
  const CheckedForm checked = check({{"model", "gemma-2b"}, {"users", "  "}, {"own", "\n \n"}});
  REQUIRE(checked.requirement);
  CHECK_FALSE(checked.requirement->users.has());
  CHECK(checked.requirement->own.empty());
}

TEST_CASE("every field says what is wrong with it", "[requirement_form]") {
  const CheckedForm checked = check({{"model", "gemma-2b"},
                                     {"users", "0"},
                                     {"ttft", "soon"},
                                     {"budget", "-5"},
                                     {"own", "0x dgx-spark"}});
  CHECK_FALSE(checked.requirement);
  for (const char* key : {"users", "ttft", "budget", "own"}) {
    INFO(key);
    CHECK(checked.problems.contains(key));
  }
  CHECK(checked.problems.size() == 4);
  CHECK(checked.problems.at("users").find("1 to") != std::string::npos);
}
