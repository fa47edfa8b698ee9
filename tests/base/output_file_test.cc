#include "base/output_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diagnostic.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

// An empty folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "plimsoll-output-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { fs::remove_all(path_); }

  const fs::path& path() const { return path_; }
  auto entries() const {
    return std::distance(fs::directory_iterator(path_), fs::directory_iterator());
  }

 private:
  fs::path path_;
};

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string code_of_failure(const fs::path& path) {
  try {
    write_file_atomically(path, "x");
  } catch (const InputError& error) {
    return error.diagnostics().sorted().at(0).code;
  }
  return "";
}

TEST_CASE("a file appears whole and alone", "[base]") {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "report.txt";
  const std::string text = std::string("a\0b\n", 4) + std::string(3'000'000, 'x');
  write_file_atomically(file, text);
  CHECK(content(file) == text);
  write_file_atomically(file, "");
  CHECK(content(file).empty());
  CHECK(folder.entries() == 1);
}

TEST_CASE("an overwritten file keeps its permissions and a link stays a link", "[base]") {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "real.txt";
  const fs::path link = folder.path() / "link.txt";
  write_file_atomically(file, "old");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("real.txt", link);
  write_file_atomically(link, "new");
  CHECK(content(file) == "new");
  CHECK(fs::is_symlink(link));
  CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(folder.entries() == 2);
}

TEST_CASE("what cannot be written is refused and leaves nothing", "[base]") {
  const TemporaryFolder folder;
  CHECK(code_of_failure(folder.path() / "missing" / "file") == "unwritable");
  CHECK(code_of_failure(folder.path()) == "unwritable");
  CHECK(code_of_failure(folder.path() / std::string(300, 'n')) ==
        "unwritable");  // fails at the rename
  CHECK(folder.entries() == 0);
  if (::geteuid() == 0) return;  // root may write everywhere
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  CHECK(code_of_failure(folder.path() / "file") == "unwritable");
  fs::permissions(folder.path(), fs::perms::owner_all);
  CHECK(folder.entries() == 0);
}

TEST_CASE("a full device is reported, and devices are written in place", "[base]") {
  write_file_atomically("/dev/null", "x");
  CHECK(fs::is_character_file("/dev/null"));
  if (fs::exists("/dev/full")) CHECK(code_of_failure("/dev/full") == "unwritable");
}

}  // namespace
}  // namespace plimsoll
