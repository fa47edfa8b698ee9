// Declarations of what metal_device.mm uses of Foundation, after Apple's documentation, so that a
// compiler without Apple's headers can check the calls.
#pragma once

#include <cstddef>

#define nil nullptr
#define YES true
#define NO false

using BOOL = bool;
using NSInteger = long;
using NSUInteger = unsigned long;
struct NSRange {
  NSUInteger location, length;
};
inline NSRange NSMakeRange(NSUInteger location, NSUInteger length) {
  return {location, length};
}

@protocol NSObject
- (BOOL)isKindOfClass:(Class)kind;
@end

__attribute__((objc_root_class))
@interface NSObject<NSObject>
+ (instancetype)alloc;
+ (Class)class;
- (instancetype)init;
@end

@interface NSString : NSObject
+ (instancetype)stringWithUTF8String:(const char*)text;
@property(readonly) const char* UTF8String;
@end
@interface NSConstantString : NSString
@end

@interface NSNumber : NSObject
@property(readonly) int intValue;
@end

@interface NSError : NSObject
@property(readonly) NSString* localizedDescription;
@end

struct NSOperatingSystemVersion {
  NSInteger majorVersion, minorVersion, patchVersion;
};
enum NSProcessInfoThermalState : NSInteger {
  NSProcessInfoThermalStateNominal,
  NSProcessInfoThermalStateFair,
  NSProcessInfoThermalStateSerious,
  NSProcessInfoThermalStateCritical
};
@interface NSProcessInfo : NSObject
@property(class, readonly) NSProcessInfo* processInfo;
@property(readonly) NSOperatingSystemVersion operatingSystemVersion;
@property(readonly) NSProcessInfoThermalState thermalState;
@end
