#include "presenters/name_lists.h"

#include <algorithm>

#include "footprint/footprint.h"
#include "report/report_content.h"
#include "shipped.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

const NameRow* find(const NameList& list, const std::string& id) {
  const auto found = std::find_if(list.rows.begin(), list.rows.end(),
                                  [&](const NameRow& row) { return row.id == id; });
  return found == list.rows.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("models come with parameters, licence and size", "[name_lists]") {
  const auto catalog = new_shipped_catalog();
  const NameList list = model_names(*catalog);
  CHECK(list.rows.size() == catalog->headers(EntryKind::model).size());
  for (const NameRow& row : list.rows) CHECK(row.cells.size() == list.columns.size());
  const NameRow* gemma = find(list, "gemma-2b");
  REQUIRE(gemma);
  Diagnostics ignored;
  const ModelSpec* model = catalog->model("gemma-2b", {}, ignored);
  const std::int64_t parameters = count_parameters(enumerate_tensors(*model));
  CHECK(gemma->cells[0].text + " parameters" == parameters_text(parameters));
  CHECK(gemma->cells[1].text == model->license);
  // BF16: two bytes a parameter.
  CHECK(gemma->cells[2].key == Approx(2.0 * double(parameters)).epsilon(0.01));
}

TEST_CASE("typing filters over ids and names, however they are spelled", "[name_lists]") {
  const NameRow row{.id = "qwen3-30b-a3b",
                    .name = "Qwen3-30B-A3B",
                    .cells = {},
                    .search = "qwen330ba3b qwen330ba3b"};
  CHECK(matches(row, ""));
  CHECK(matches(row, "Qwen3"));
  CHECK(matches(row, "qwen3 30b"));
  CHECK(matches(row, "30B  qwen"));
  CHECK_FALSE(matches(row, "qwen3 32b"));
}

TEST_CASE("machines are systems and bare devices", "[name_lists]") {
  const auto catalog = new_shipped_catalog();
  const NameList list = machine_names(*catalog);
  CHECK(find(list, "rtx-4090-pc"));
  CHECK(find(list, "rtx-4090"));
  for (const NameRow& row : list.rows) CHECK(row.cells.size() == list.columns.size());
}

TEST_CASE("quantizations of a model carry its size in each", "[name_lists]") {
  const auto catalog = new_shipped_catalog();
  const NameList list = quantization_names("gemma-2b", "llama.cpp", *catalog);
  const NameRow* step = find(list, "q8_0");
  REQUIRE(step);
  Diagnostics ignored;
  const ModelSpec* model = catalog->model("gemma-2b", {}, ignored);
  const QuantizationSpec* recipe = catalog->quantization("q8_0", {}, ignored);
  CHECK(step->cells[0].key == weight_bytes(*model, *recipe, {}, *catalog, ignored).base());
  // Best quality first: 16 bits before 4.
  const NameRow* f16 = find(list, "f16");
  const NameRow* q4 = find(list, "q4_k_m");
  REQUIRE((f16 && q4));
  CHECK(f16 < q4);
  CHECK(quantization_names("no such model", "", *catalog).rows.empty());
}
