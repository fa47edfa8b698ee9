// A library opened at run time, which stays open to the end of the program.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>

namespace plimsoll::calibrate {

class SharedLibrary {
 public:
  // The first of the names that can be opened.
  explicit SharedLibrary(std::initializer_list<const char*> names);

  explicit operator bool() const { return handle_ != nullptr; }
  const std::string& name() const { return name_; }  // as opened

  // The address, or null; a missing symbol is kept in missing().
  void* find(const char* symbol);
  const std::string& missing() const { return missing_; }

  // A function of this very signature.
  template <class Signature>
  void bind(const char* symbol, std::function<Signature>& call) {
    if (void* found = find(symbol)) call = reinterpret_cast<Signature*>(found);
  }
  template <class Signature>
  Signature* function(const char* symbol) {
    return reinterpret_cast<Signature*>(find(symbol));
  }
  // The same, of which there may be none; that is not kept as missing.
  template <class Signature>
  Signature* optional_function(const char* symbol) {
    return reinterpret_cast<Signature*>(look(symbol));
  }

 private:
  void* look(const char* symbol) const;

  void* handle_ = nullptr;
  std::string name_;
  std::string missing_;
};

}  // namespace plimsoll::calibrate
