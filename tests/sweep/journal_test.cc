#include "sweep/journal.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "cli/run_program.h"
#include "support/catch.h"

using namespace plimsoll;
using plimsoll::test::read_file;
using plimsoll::test::TemporaryFolder;

namespace {

using Rows = std::map<std::size_t, std::string>;

const SweepIdentity identity = {{"scenario", "aaaa"}, {"values", "bbbb"}};

std::string code_of_opening(const std::filesystem::path& file, const SweepIdentity& mine,
                            OldJournal old = OldJournal::go_on) {
  try {
    const Journal journal(file, mine, old);
  } catch (const InputError& refused) {
    return refused.diagnostics().sorted().front().code;
  }
  return {};
}

std::string message_of_opening(const std::filesystem::path& file, const SweepIdentity& mine) {
  try {
    const Journal journal(file, mine, OldJournal::go_on);
  } catch (const InputError& refused) {
    return refused.diagnostics().sorted().front().message;
  }
  return {};
}

const Rows some_rows = {{2, "a,b\n"}, {7, "\"line\nbreak\\n\",\r\n"}, {0, "plain\n"}};

std::filesystem::path written_journal(const TemporaryFolder& folder) {
  const auto file = folder.path("out.csv.partial");
  Journal journal(file, identity, OldJournal::discard);
  for (const auto& [point, row] : some_rows) journal.append(point, row);
  return file;
}

}  // namespace

TEST_CASE("rows are there again", "[sweep][journal]") {
  const TemporaryFolder folder;
  const auto file = written_journal(folder);
  const Journal again(file, identity, OldJournal::go_on);
  CHECK(again.found() == some_rows);
}

// Whatever a crash leaves of the file, the rows that were whole count and the rest is gone; what is
// appended then is whole again.
TEST_CASE("a journal cut off anywhere", "[sweep][journal]") {
  const TemporaryFolder folder;
  const auto file = written_journal(folder);
  const std::string content = read_file(file);
  const std::size_t header = content.find("\nrows\n") + 6;
  for (std::size_t size = 0; size <= content.size(); ++size) {
    CAPTURE(size);
    std::ofstream(file, std::ios::binary) << content.substr(0, size);
    // One row a line after the header.
    const auto whole = size < header ? 0
                                     : std::count(content.begin() + static_cast<long>(header),
                                                  content.begin() + static_cast<long>(size), '\n');
    {
      Journal journal(file, identity, OldJournal::go_on);
      REQUIRE(journal.found().size() == static_cast<std::size_t>(whole));
      for (const auto& [point, row] : journal.found()) REQUIRE(row == some_rows.at(point));
      journal.append(99, "new\n");
    }
    const Journal again(file, identity, OldJournal::go_on);
    REQUIRE(again.found().size() == static_cast<std::size_t>(whole) + 1);
    REQUIRE(again.found().at(99) == "new\n");
  }
}

TEST_CASE("a row with a flipped character is dropped with what follows", "[sweep][journal]") {
  const TemporaryFolder folder;
  const auto file = written_journal(folder);
  std::string content = read_file(file);
  content[content.find("a,b")] = 'x';
  std::ofstream(file, std::ios::binary) << content;
  const Journal again(file, identity, OldJournal::go_on);
  CHECK(again.found() == Rows{{0, "plain\n"}});  // it stands before: the map wrote point 0 first
}

TEST_CASE("a journal of another sweep is refused", "[sweep][journal]") {
  const TemporaryFolder folder;
  const auto file = written_journal(folder);
  const std::string before = read_file(file);
  const SweepIdentity other = {{"scenario", "aaaa"}, {"values", "cccc"}};
  CHECK(code_of_opening(file, other) == "stale-journal");
  CHECK_THAT(message_of_opening(file, other), Catch::EndsWith("changed since: values"));
  CHECK(read_file(file) == before);
  CHECK(code_of_opening(folder.write("notes.partial", "my notes\n"), identity) == "stale-journal");
  CHECK(read_file(folder.path("notes.partial")) == "my notes\n");
  // Told to, it begins anew.
  const Journal fresh(file, other, OldJournal::discard);
  CHECK(fresh.found().empty());
}

TEST_CASE("one sweep at a time", "[sweep][journal]") {
  const TemporaryFolder folder;
  const auto file = folder.path("out.csv.partial");
  auto first = std::make_unique<Journal>(file, identity, OldJournal::go_on);
  CHECK(code_of_opening(file, identity) == "in-use");
  CHECK(code_of_opening(file, identity, OldJournal::discard) == "in-use");
  first->append(1, "row\n");
  first.reset();
  CHECK(code_of_opening(file, identity).empty());
}

TEST_CASE("a journal that has served is gone; one that cannot be is refused", "[sweep][journal]") {
  const TemporaryFolder folder;
  Journal journal(folder.path("out.csv.partial"), identity, OldJournal::go_on);
  journal.remove();
  CHECK(folder.names().empty());
  CHECK(code_of_opening(folder.path("none/out.csv.partial"), identity) == "unwritable");
}
