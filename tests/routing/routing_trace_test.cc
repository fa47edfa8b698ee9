#include "routing/routing_trace.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <vector>

#include "support/catch.h"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

class TraceFile {
 public:
  explicit TraceFile(const std::string& text = {}) {
    std::string name = (fs::temp_directory_path() / "plimsoll-trace-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    std::ofstream(path(), std::ios::binary) << text;
  }
  ~TraceFile() { fs::remove_all(folder_); }
  fs::path path() const { return folder_ / "trace.csv"; }
  std::string content() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  fs::path folder_;
};

RoutingTrace read(const std::string& text) {
  const TraceFile file(text);
  return read_routing_trace(file.path());
}

// "code line:column" of each problem.
std::vector<std::string> problems_of(const std::string& text) {
  const TraceFile file(text);
  std::vector<std::string> found;
  try {
    read_routing_trace(file.path());
  } catch (const InputError& error) {
    for (const Diagnostic& problem : error.diagnostics().sorted()) {
      CHECK(problem.place.file == file.path().string());
      found.push_back(problem.code + " " + std::to_string(problem.place.line) + ":" +
                      std::to_string(problem.place.column));
    }
  }
  return found;
}

using Problems = std::vector<std::string>;

TEST_CASE("a trace comes back as it was written", "[routing]") {
  RoutingProcess process({.skew = 0.5, .reuse = 0.3, .memory = 4.0},
                         {.layers = 3, .experts = 300, .per_token = 4}, 1);
  const RoutingTrace trace = record(process, 25);
  const TraceFile file;
  write_routing_trace(trace, file.path());
  const RoutingTrace back = read_routing_trace(file.path());
  CHECK(back.experts == trace.experts);
  CHECK(back.tokens == 25);
  CHECK(back.shape.layers == 3);
  CHECK(back.shape.per_token == 4);
  const std::string text = file.content();
  write_routing_trace(back, file.path());
  CHECK(file.content() == text);
}

TEST_CASE("the ways to write a trace", "[routing]") {
  const std::vector<std::uint16_t> expected{4, 1, 0, 2, 3, 4, 1, 0};
  const std::string wide = "0,0,4,1\n0,1,0,2\n1,0,3,4\n1,1,1,0\n";
  for (const std::string& text :
       {wide, "token,layer,expert,expert\n" + wide, "# by hand\n\n" + wide,
        std::string("1,1,1,0\r\n1,0,3,4\r\n0,1,0,2\r\n0,0,4,1"),
        std::string("0,0,4\n0,0,1\n0,1,0\n0,1,2\n1,0,3\n1,0,4\n1,1,1\n1,1,0\n"),
        std::string("phase,step,layer,slot,expert,weight\nd,0,0,0,4,.5\nd,0,0,1,1,.5\nd,0,1,0,0,1\n"
                    "d,0,1,1,2,0\nd,1,0,0,3,0\nd,1,0,1,4,0\nd,1,1,0,1,0\nd,1,1,1,0,0\n")}) {
    CAPTURE(text);
    const RoutingTrace trace = read(text);
    CHECK(trace.experts == expected);
    CHECK(trace.shape == RoutingShape{.layers = 2, .experts = 5, .per_token = 2});
    CHECK(trace.tokens == 2);
    CHECK(trace.token(1)[0] == 3);
  }
}

TEST_CASE("every problem of a trace has its place", "[routing]") {
  CHECK(problems_of("") == Problems{"bad-trace-gap 0:0"});
  CHECK(problems_of("# nothing\n") == Problems{"bad-trace-gap 1:0"});
  CHECK(problems_of("token,layer,weight\n0,0,1\n") == Problems{"bad-trace-header 1:1"});
  CHECK(problems_of("a,b\n") == Problems(3, "bad-trace-header 1:1"));
  CHECK(problems_of("0,0,1\n0,x, 70000\n1,0\n-1,0,2\n1.5,0,3\n0,1000,4\n") ==
        Problems{"bad-trace-number 2:3", "bad-trace-number 2:6", "bad-trace-number 3:4",
                 "bad-trace-number 4:1", "bad-trace-number 5:1", "bad-trace-number 6:3"});
  CHECK(problems_of("0,0,1\n2,0,1\n") == Problems{"bad-trace-gap 2:1"});
  CHECK(problems_of("0,0,1\n0,1,1\n1,1,1\n") == Problems{"bad-trace-gap 3:1"});
  CHECK(problems_of("0,0,1\n0,1,1\n1,0,1\n") == Problems{"bad-trace-gap 3:1"});
  CHECK(problems_of("1,0,1\n") == Problems{"bad-trace-gap 1:1"});
  CHECK(problems_of("0,0,1,2\n1,0,3\n2,0,4,5\n") == Problems{"bad-trace-width 2:1"});
  CHECK(problems_of("0,0,1,2\n1,0,13,13\n") == Problems{"bad-trace-repeat 2:8"});
}

TEST_CASE("a file of nothing but mistakes is told briefly", "[routing]") {
  std::string text = "0,0,0\n";
  for (int i = 0; i < 5000; ++i) text += "?,?,?\n";
  CHECK(problems_of(text).size() == 100);
}

TEST_CASE("files that are none", "[routing]") {
  for (const fs::path& path : {fs::path("/nonexistent/trace.csv"), fs::temp_directory_path()}) {
    try {
      read_routing_trace(path);
      FAIL("no complaint");
    } catch (const InputError& error) {
      CHECK(error.diagnostics().sorted().front().code == "unreadable");
    }
  }
  CHECK_THROWS_AS(write_routing_trace({}, "/nonexistent/trace.csv"), InputError);
}

}  // namespace
}  // namespace plimsoll
