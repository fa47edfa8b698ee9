#include "calibrate/gpu/runtime_compiler.h"

namespace plimsoll::calibrate {
namespace {

struct CompilerCalls {
  int (*version)(int*, int*);
  int (*create)(void**, const char*, const char*, int, const char**, const char**);
  int (*compile)(void*, int, const char**);
  int (*log_size)(void*, std::size_t*);
  int (*log)(void*, char*);
  int (*code_size)(void*, std::size_t*);
  int (*code)(void*, char*);
  int (*destroy)(void**);
};

// A program of the compiler, destroyed with the object.
class Program {
 public:
  Program(const CompilerCalls& calls, const std::string& source) : calls_(calls) {
    created_ = calls_.create(&program_, source.c_str(), "plimsoll.cu", 0, nullptr, nullptr) == 0;
  }
  ~Program() {
    if (created_) calls_.destroy(&program_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  Compiled compile(const std::string& option) {
    if (!created_) return {.problem = "the compiler could not be started"};
    const char* options[] = {option.c_str(), "-std=c++17"};
    const int status = calls_.compile(program_, 2, options);
    if (status != 0) return {.problem = "error " + std::to_string(status) + ": " + log()};
    Compiled compiled;
    std::size_t size = 0;
    if (calls_.code_size(program_, &size) != 0) return {.problem = "the compiler has no code"};
    compiled.code.resize(size);
    if (calls_.code(program_, compiled.code.data()) != 0)
      return {.problem = "the compiler did not hand out its code"};
    return compiled;
  }

 private:
  std::string log() {
    std::size_t size = 0;
    if (calls_.log_size(program_, &size) != 0 || size == 0) return "no log";
    std::string text(size, '\0');
    if (calls_.log(program_, text.data()) != 0) return "no log";
    text.resize(text.find('\0') == std::string::npos ? size : text.find('\0'));
    return text;
  }

  const CompilerCalls& calls_;
  void* program_ = nullptr;
  bool created_ = false;
};

}  // namespace

RuntimeCompiler bind_compiler(SharedLibrary& library, const std::string& prefix,
                              const std::string& option, const std::string& code) {
  const auto symbol = [&](auto*& call, const std::string& name) {
    call = reinterpret_cast<std::remove_reference_t<decltype(call)>>(library.find(name.c_str()));
  };
  CompilerCalls calls{};
  symbol(calls.version, prefix + "Version");
  symbol(calls.create, prefix + "CreateProgram");
  symbol(calls.compile, prefix + "CompileProgram");
  symbol(calls.log_size, prefix + "GetProgramLogSize");
  symbol(calls.log, prefix + "GetProgramLog");
  symbol(calls.code_size, code + "Size");
  symbol(calls.code, code);
  symbol(calls.destroy, prefix + "DestroyProgram");
  RuntimeCompiler compiler;
  if (!library) {
    compiler.problem = prefix + " not found";
  } else if (!library.missing().empty()) {
    compiler.problem = library.name() + " lacks " + library.missing();
  }
  if (!compiler.problem.empty()) return compiler;
  int major = 0;
  int minor = 0;
  calls.version(&major, &minor);
  compiler.version = std::to_string(major) + "." + std::to_string(minor);
  compiler.compile = [calls, option](const std::string& source, const std::string& target) {
    return Program(calls, source).compile(option + target);
  };
  return compiler;
}

}  // namespace plimsoll::calibrate
