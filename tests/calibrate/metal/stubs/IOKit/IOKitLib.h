// Of IOKit and Core Foundation, as in ../Foundation/Foundation.h.
#pragma once

using CFTypeRef = const void*;
using CFAllocatorRef = const struct __CFAllocator*;
using CFStringRef = const struct __CFString*;
using CFMutableDictionaryRef = struct __CFDictionary*;
using mach_port_t = unsigned;
using io_service_t = mach_port_t;
extern "C" {
extern const CFAllocatorRef kCFAllocatorDefault;
extern const mach_port_t kIOMainPortDefault;
CFStringRef __CFStringMakeConstantString(const char* text);
CFMutableDictionaryRef IOServiceMatching(const char* name);
io_service_t IOServiceGetMatchingService(mach_port_t port, CFMutableDictionaryRef matching);
CFTypeRef IORegistryEntryCreateCFProperty(io_service_t entry, CFStringRef key,
                                          CFAllocatorRef allocator, unsigned options);
int IOObjectRelease(io_service_t object);
}
#define CFSTR(text) __CFStringMakeConstantString(text)
