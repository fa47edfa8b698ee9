// What we say to somebody whose input is wrong: a stable code, the place, what was expected, the
// nearest valid name.
//
// User mistakes are diagnostics, collected so that one run shows every problem of a file; our own
// mistakes are exceptions. "Does not fit" is neither: it is a result.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace plimsoll {

// Lines and columns count from 1; 0 means "the whole file" or, with an empty file, "the command
// line".
struct SourcePlace {
  std::string file;
  int line = 0;
  int column = 0;

  friend auto operator<=>(const SourcePlace&, const SourcePlace&) = default;
};

enum class Severity { error, warning };

struct Diagnostic {
  Severity severity = Severity::error;
  std::string code{};  // stable kebab-case word, documented in doc/diagnostics.md
  SourcePlace place{};
  std::string message{};     // what is wrong
  std::string expected{};    // what would be right; may be empty
  std::string suggestion{};  // the nearest valid name; may be empty

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// Collects the problems of one input. Not thread-safe.
class Diagnostics {
 public:
  void add(Diagnostic diagnostic);
  void error(std::string code, SourcePlace place, std::string message, std::string expected = {},
             std::string suggestion = {});
  void warning(std::string code, SourcePlace place, std::string message, std::string expected = {},
               std::string suggestion = {});
  void append(const Diagnostics& other);

  bool has_errors() const;
  bool empty() const { return items_.empty(); }
  // Sorted by file, line, column, then in the order of discovery; equal ones once.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> items_;
};

// "file:line:col: error: message; expected …; did you mean '…'? [code]"
std::string to_text(const Diagnostic& diagnostic);

// Carries the diagnostics of refused input from a reader to the program's border (exit status 2).
class InputError : public std::runtime_error {
 public:
  explicit InputError(Diagnostics diagnostics);
  const Diagnostics& diagnostics() const { return diagnostics_; }

 private:
  Diagnostics diagnostics_;
};

// Throws InputError when there is at least one error.
void throw_if_errors(const Diagnostics& diagnostics);

}  // namespace plimsoll
