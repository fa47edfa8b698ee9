// A move-only `void()` callable that lives in its own 48 bytes and never allocates.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace plimsoll::sim {

// A callable that is too large does not compile: capture a pointer or an index instead.
class Callback {
 public:
  static constexpr std::size_t kBytes = 48;

  Callback() = default;

  template <typename F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Callback> && std::is_invocable_v<F&>)
      // NOLINTNEXTLINE: implicit, as a lambda is what callers write; `requires` lets copies pass
      Callback(F&& callable) {
    using Stored = std::remove_cvref_t<F>;
    static_assert(sizeof(Stored) <= kBytes);
    static_assert(alignof(Stored) <= alignof(std::max_align_t));
    static_assert(std::is_nothrow_move_constructible_v<Stored>);
    new (storage_) Stored(std::forward<F>(callable));
    invoke_ = [](void* stored) { (*static_cast<Stored*>(stored))(); };
    if constexpr (!(std::is_trivially_copyable_v<Stored> &&
                    std::is_trivially_destructible_v<Stored>)) {
      relocate_ = [](void* from, void* to) noexcept {
        auto* stored = static_cast<Stored*>(from);
        if (to != nullptr) new (to) Stored(std::move(*stored));
        stored->~Stored();
      };
    }
  }

  Callback(Callback&& other) noexcept { take(other); }
  Callback& operator=(Callback&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~Callback() { reset(); }

  void operator()() { invoke_(storage_); }

  void reset() noexcept {
    if (relocate_ != nullptr) relocate_(storage_, nullptr);
    invoke_ = nullptr;
    relocate_ = nullptr;
  }

 private:
  void take(Callback& other) noexcept {
    invoke_ = std::exchange(other.invoke_, nullptr);
    relocate_ = std::exchange(other.relocate_, nullptr);
    if (relocate_ != nullptr) {
      relocate_(other.storage_, storage_);
    } else {
      std::memcpy(storage_, other.storage_, kBytes);
    }
  }

  using Invoke = void (*)(void*);
  using Relocate = void (*)(void* from, void* to) noexcept;  // to == nullptr only destroys

  Invoke invoke_ = nullptr;
  Relocate relocate_ = nullptr;  // nullptr: the bytes may be copied
  alignas(std::max_align_t) std::byte storage_[kBytes] = {};
};

}  // namespace plimsoll::sim
