#include "report/report_content.h"

#include <clocale>
#include <string>

#include "support/catch.h"

using namespace plimsoll;

TEST_CASE("figures have three digits and an interval to the same place", "[report]") {
  struct Row {
    Estimate estimate;
    const char* text;
  };
  const Row rows[] = {
      {{54.06, 47.0, 62.3}, "54.1 token/s (47.0 … 62.3)"},
      {{1193.0, 1034.0, 1420.0}, "1190 token/s (1030 … 1420)"},
      {{0.0412, 0.03, 0.05}, "0.0412 token/s (0.0300 … 0.0500)"},
      {{7.0, 7.0, 7.0}, "7.00 token/s"},  // exact: no interval
      {{99.96, 90.0, 110.0}, "100 token/s (90 … 110)"},
      {{8.5, 7.0, 10.44}, "8.50 token/s (7.00 … 10.4)"},      // no end has more digits
      {{1000.0, 4.25, 2000.0}, "1000 token/s (4.2 … 2000)"},  // the low end keeps its digits
      {{0.0, 0.0, 0.0}, "0 token/s"},
  };
  for (const Row& row : rows) CHECK(with_interval(rate_text(row.estimate)) == row.text);
}

TEST_CASE("times choose their unit by the value", "[report]") {
  CHECK(with_unit(time_text(Estimate::exact(2.5e-6))) == "2.50 us");
  CHECK(with_unit(time_text(Estimate::exact(0.0185))) == "18.5 ms");
  CHECK(with_unit(time_text(Estimate::exact(59.0))) == "59.0 s");
  CHECK(with_unit(time_text(Estimate::exact(90.0))) == "1.50 min");
  CHECK(with_unit(time_text(Estimate::exact(5400.0))) == "1.50 h");
  CHECK(with_interval(time_text({0.9, 0.5, 1.2})) == "900 ms (500 … 1200)");
}

TEST_CASE("counts and sizes", "[report]") {
  CHECK(count_text(0) == "0");
  CHECK(count_text(999) == "999");
  CHECK(count_text(131072) == "131,072");
  CHECK(count_text(-1234567) == "-1,234,567");
  CHECK(parameters_text(140'620'634'112) == "141 B parameters");
  CHECK(size_text(Bytes(85899345920.0)) == "80 GiB");  // 80 x 2^30
  CHECK(size_text(Bytes(1610612736.0)) == "1.5 GiB");  // 3 x 2^29
  CHECK(size_text(Bytes(24e9)) == "24 GB");
  CHECK(factor_text(1.236) == "1.24x");
  CHECK(factor_text(12.34) == "12.3x");
}

TEST_CASE("pools fold when only their number differs", "[report]") {
  const auto pool = [](std::string node, std::string name, double used) {
    return PoolMemory{.node = std::move(node),
                      .pool = std::move(name),
                      .capacity = Bytes(8e9),
                      .usable = Bytes(8e9),
                      .limit = "",
                      .raise = "",
                      .items = {},
                      .used = Estimate::exact(used),
                      .short_by = Bytes(0.0)};
  };
  const auto labels = [](const std::vector<PoolMemory>& pools) {
    std::vector<std::string> texts;
    for (const PoolGroup& group : fold_pools(pools)) texts.push_back(group.label);
    return texts;
  };
  using Texts = std::vector<std::string>;
  CHECK(labels({}) == Texts{});
  CHECK(labels({pool("n", "unified memory", 1.0)}) == Texts{"unified memory"});
  CHECK(labels({pool("n", "GPU 0 memory", 1.0), pool("n", "GPU 1 memory", 1.0),
                pool("n", "GPU 2 memory", 2.0), pool("n", "GPU 3 memory", 1.0)}) ==
        Texts{"GPU 0-1, 3 memory, each", "GPU 2 memory"});
  CHECK(labels({pool("node 1", "unified memory", 1.0), pool("node 2", "unified memory", 1.0),
                pool("node 3", "unified memory", 3.0)}) ==
        Texts{"node 1-2, unified memory, each", "node 3, unified memory"});
  CHECK(fold_pools({pool("node 1", "GPU 0", 1.0), pool("node 1", "GPU 1", 1.0),
                    pool("node 2", "GPU 0", 1.0), pool("node 2", "GPU 1", 1.0)})
            .at(0)
            .count == 4);
}

TEST_CASE("small items of a pool are summed up", "[report]") {
  // Of 100 GB in use a hundredth is 1 GB.
  const PoolMemory pool{.node = "",
                        .pool = "",
                        .capacity = Bytes(0.0),
                        .usable = Bytes(0.0),
                        .limit = "",
                        .raise = "",
                        .items = {{"a", {0.5e9, 0.4e9, 0.6e9}, true},
                                  {"b", Estimate::exact(99e9), true},
                                  {"c", Estimate::exact(0.25e9), false}},
                        .used = Estimate::exact(100e9),
                        .short_by = Bytes(0.0)};
  const std::vector<MemoryItem> items = fold_items(pool);
  REQUIRE(items.size() == 2);
  CHECK(items[0].what == "b");
  CHECK(items[1].what == "2 small parts");
  CHECK(items[1].bytes.value == Approx(0.75e9));
  CHECK(items[1].bytes.low == Approx(0.65e9));
  CHECK(items[1].bytes.high == Approx(0.85e9));
  CHECK(items[1].wired);
}

TEST_CASE("parts stand in the unit and to the place of their whole", "[report]") {
  const Estimate whole = Estimate::exact(71e9);
  CHECK(with_interval(part_text({1e9, 0.52e9, 2e9}, whole)) == "1.0 GB (0.5 … 2.0)");
  CHECK(with_unit(part_text(Estimate::exact(64e9), whole)) == "64.0 GB");
}

TEST_CASE("a change of the batch is about throughput", "[report]") {
  Outcome outcome;
  outcome.throughput_tokens_per_second = Estimate::exact(74.0);
  Change change;
  change.kind = "batch";
  change.decode_factor = 0.13;
  change.decode_tokens_per_second = Estimate::exact(9.25);
  change.throughput_tokens_per_second = Estimate::exact(296.0);  // 32 sequences
  const ChangeText text = change_text(change, outcome);
  CHECK(text.factor == "4.00x");  // 296 / 74
  CHECK(with_unit(text.rate) == "296 token/s");
  CHECK(text.remarks == std::vector<std::string>{"in all; each sequence 9.25 token/s"});
}

TEST_CASE("shares fold below a hundredth, and one small one stays itself", "[report]") {
  const std::vector<TimeShare> shares = {{"a", "x", Seconds(0.002), 0.002},
                                         {"b", "y", Seconds(0.99), 0.99},
                                         {"c", "z", Seconds(0.008), 0.008}};
  const std::vector<TimeShare> folded = fold_shares(shares);
  REQUIRE(folded.size() == 2);
  CHECK(folded[0].resource == "b");
  CHECK(folded[1].resource == "other");
  CHECK(folded[1].share == Approx(0.01));
  CHECK(fold_shares({shares[0], shares[1]}).size() == 2);
  CHECK(fold_shares({shares[0], shares[1]})[1].resource == "a");
}

TEST_CASE("overrides become options a shell leaves alone", "[report]") {
  Change change;
  change.set = {"quantization=q3_k_m", "name=it's a test"};
  CHECK(set_options(change) == "--set quantization=q3_k_m --set 'name=it'\\''s a test'");
}

TEST_CASE("numbers have a point in every locale", "[report]") {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* locale : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
    std::setlocale(LC_ALL, locale);
  CHECK(with_interval(rate_text({54.06, 47.0, 62.3})) == "54.1 token/s (47.0 … 62.3)");
  std::setlocale(LC_ALL, before.c_str());
}
