//! Values of the engine that runs JavaScript: the one place that calls its C interface.
#![expect(unsafe_code, reason = "Node-API is an interface in C")]

use std::ffi::{CString, c_void};
use std::ptr::null_mut;

use napi::bindgen_prelude::{
    ClassInstance, External, FromNapiValue, ToNapiValue, TypeName, Unknown, ValidateNapiValue,
};
use napi::{Env, ValueType, sys};

use crate::error::Fail;

/// A value that was given, or is given back. Valid until the call from JavaScript returns.
#[derive(Clone, Copy)]
pub struct Js {
    env: sys::napi_env,
    value: sys::napi_value,
}

/// What sort of value it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Undefined,
    Null,
    Boolean,
    Number,
    Text,
    Symbol,
    Object,
    Function,
    BigInt,
    Other,
}

impl TypeName for Js {
    fn type_name() -> &'static str {
        "unknown"
    }

    fn value_type() -> ValueType {
        ValueType::Unknown
    }
}

impl ValidateNapiValue for Js {
    unsafe fn validate(_: sys::napi_env, _: sys::napi_value) -> napi::Result<sys::napi_value> {
        Ok(null_mut())
    }
}

impl FromNapiValue for Js {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        Ok(Js { env, value })
    }
}

impl ToNapiValue for Js {
    unsafe fn to_napi_value(_: sys::napi_env, value: Self) -> napi::Result<sys::napi_value> {
        Ok(value.value)
    }
}

/// Asks for one value through an out pointer. `None` if the engine refuses; an exception that a getter, a proxy or a
/// finished environment left is cleared.
macro_rules! ask {
    ($env:expr, $start:expr, |$out:ident| $call:expr) => {{
        let mut $out = $start;
        // SAFETY: `$env` is the environment of the call in progress, on its own thread; the values are handles of it,
        // and the out pointers are valid for the call.
        let status = unsafe { $call };
        if status == sys::Status::napi_ok {
            Some($out)
        } else {
            clear_exception($env);
            None
        }
    }};
}

fn clear_exception(env: sys::napi_env) {
    let mut pending = false;
    let mut exception = null_mut();
    // SAFETY: as in `ask`; clearing an exception is allowed while one is pending.
    unsafe {
        if sys::napi_is_exception_pending(env, &mut pending) == sys::Status::napi_ok && pending {
            sys::napi_get_and_clear_last_exception(env, &mut exception);
        }
    }
}

impl Js {
    pub(crate) fn env(self) -> Env {
        Env::from_raw(self.env)
    }

    /// To be thrown, or to reject a promise with.
    pub(crate) fn into_error(self) -> napi::Error {
        // SAFETY: the handle is of this environment.
        napi::Error::from(unsafe { Unknown::from_raw_unchecked(self.env, self.value) })
    }

    pub(crate) fn kind(self) -> Kind {
        match ask!(self.env, 0, |out| sys::napi_typeof(self.env, self.value, &mut out)) {
            Some(sys::ValueType::napi_undefined) => Kind::Undefined,
            Some(sys::ValueType::napi_null) => Kind::Null,
            Some(sys::ValueType::napi_boolean) => Kind::Boolean,
            Some(sys::ValueType::napi_number) => Kind::Number,
            Some(sys::ValueType::napi_string) => Kind::Text,
            Some(sys::ValueType::napi_symbol) => Kind::Symbol,
            Some(sys::ValueType::napi_object) => Kind::Object,
            Some(sys::ValueType::napi_function) => Kind::Function,
            Some(sys::ValueType::napi_bigint) => Kind::BigInt,
            _ => Kind::Other,
        }
    }

    /// The value, unless it is `undefined` or `null`.
    pub(crate) fn given(self) -> Option<Js> {
        (!matches!(self.kind(), Kind::Undefined | Kind::Null)).then_some(self)
    }

    pub(crate) fn boolean(self) -> Option<bool> {
        ask!(self.env, false, |out| sys::napi_get_value_bool(self.env, self.value, &mut out))
    }

    pub(crate) fn number(self) -> Option<f64> {
        ask!(self.env, 0.0, |out| sys::napi_get_value_double(self.env, self.value, &mut out))
    }

    /// A `BigInt` from -2^64+1 to 2^64-1.
    pub(crate) fn bigint(self) -> Option<i128> {
        let (mut sign, mut count) = (0, 1);
        let word = ask!(self.env, 0_u64, |out| sys::napi_get_value_bigint_words(
            self.env, self.value, &mut sign, &mut count, &mut out
        ))?;
        // The count is that of the whole value: more words than one do not fit.
        (count <= 1).then_some(if sign == 0 { i128::from(word) } else { -i128::from(word) })
    }

    /// Milliseconds of a `Date`; NaN for an invalid one; `None` if it is none.
    pub(crate) fn date(self) -> Option<f64> {
        let is_date = ask!(self.env, false, |out| sys::napi_is_date(self.env, self.value, &mut out))?;
        if !is_date {
            return None;
        }
        ask!(self.env, 0.0, |out| sys::napi_get_date_value(self.env, self.value, &mut out))
    }

    /// The code units of a text.
    pub(crate) fn utf16(self) -> Option<Vec<u16>> {
        let length = ask!(self.env, 0, |out| sys::napi_get_value_string_utf16(
            self.env,
            self.value,
            null_mut(),
            0,
            &mut out
        ))?;
        // One more: the engine writes a closing zero.
        let mut units: Vec<u16> = Vec::with_capacity(length + 1);
        let written = ask!(self.env, 0, |out| sys::napi_get_value_string_utf16(
            self.env,
            self.value,
            units.as_mut_ptr(),
            length + 1,
            &mut out
        ))?;
        // SAFETY: the engine wrote `written` units, at most `length` of them, into the capacity.
        unsafe { units.set_len(written.min(length)) };
        Some(units)
    }

    /// The bytes of a `Uint8Array`, not copied. Nothing of JavaScript may run while they are used: it could detach or
    /// change them.
    pub(crate) fn bytes(&self) -> Result<Option<&[u8]>, &'static str> {
        let (mut kind, mut data, mut buffer, mut offset) = (-1, null_mut(), null_mut(), 0);
        let Some(length) = ask!(self.env, 0, |out| sys::napi_get_typedarray_info(
            self.env,
            self.value,
            &mut kind,
            &mut out,
            &mut data,
            &mut buffer,
            &mut offset
        )) else {
            return Ok(None);
        };
        let bytes_of = [sys::TypedarrayType::uint8_array, sys::TypedarrayType::uint8_clamped_array];
        if !bytes_of.contains(&kind) {
            return Ok(None);
        }
        if ask!(self.env, false, |out| sys::napi_is_arraybuffer(self.env, buffer, &mut out)) != Some(true) {
            return Err(
                "its memory is shared with other threads, which could change it meanwhile: give a copy",
            );
        }
        if length == 0 || data.is_null() {
            return match ask!(self.env, false, |out| sys::napi_is_detached_arraybuffer(
                self.env, buffer, &mut out
            )) {
                Some(true) => Err("its memory was moved away (detached)"),
                _ => Ok(Some(&[])),
            };
        }
        // SAFETY: the engine gave a view of `length` bytes; it lives as long as the value, which the call in progress
        // holds, and no JavaScript runs while the slice is used (see above).
        Ok(Some(unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) }))
    }

    pub(crate) fn is_array(self) -> bool {
        ask!(self.env, false, |out| sys::napi_is_array(self.env, self.value, &mut out)).unwrap_or(false)
    }

    /// Whether it is an object without a class: its prototype is that of all objects, or none.
    pub(crate) fn is_plain_object(self) -> bool {
        if self.kind() != Kind::Object || self.is_array() {
            return false;
        }
        let above = |value: Js| {
            let above =
                ask!(value.env, null_mut(), |out| sys::napi_get_prototype(value.env, value.value, &mut out));
            above.map(|above| Js { env: value.env, value: above })
        };
        let Some(first) = above(self) else { return false };
        first.kind() == Kind::Null || above(first).is_some_and(|second| second.kind() == Kind::Null)
    }

    pub(crate) fn length(self) -> Option<u32> {
        ask!(self.env, 0, |out| sys::napi_get_array_length(self.env, self.value, &mut out))
    }

    /// A member of an array. `None` if reading it threw.
    pub(crate) fn at(self, index: u32) -> Option<Js> {
        let value =
            ask!(self.env, null_mut(), |out| sys::napi_get_element(self.env, self.value, index, &mut out));
        value.map(|value| Js { env: self.env, value })
    }

    /// A member of an object. `None` if reading it threw.
    pub(crate) fn get(self, name: Js) -> Option<Js> {
        let value = ask!(self.env, null_mut(), |out| sys::napi_get_property(
            self.env, self.value, name.value, &mut out
        ));
        value.map(|value| Js { env: self.env, value })
    }

    /// Its own enumerable names, as an array of texts.
    pub(crate) fn names(self) -> Option<Js> {
        let names = ask!(self.env, null_mut(), |out| sys::napi_get_all_property_names(
            self.env,
            self.value,
            sys::KeyCollectionMode::own_only,
            sys::KeyFilter::enumerable | sys::KeyFilter::skip_symbols,
            sys::KeyConversion::numbers_to_strings,
            &mut out
        ));
        names.map(|value| Js { env: self.env, value })
    }

    /// The name of the value's class, for messages.
    pub(crate) fn class(self) -> Option<String> {
        let constructor = self.named(c"constructor")?;
        let name = constructor.named(c"name")?;
        String::from_utf16(&name.utf16()?).ok()
    }

    fn named(self, name: &std::ffi::CStr) -> Option<Js> {
        let value = ask!(self.env, null_mut(), |out| sys::napi_get_named_property(
            self.env,
            self.value,
            name.as_ptr(),
            &mut out
        ));
        value.map(|value| Js { env: self.env, value })
    }

    /// The object of ours behind an instance of our class `T`: its type tag is checked.
    pub(crate) fn instance<T: 'static>(self) -> Option<ClassInstance<'static, T>>
    where
        ClassInstance<'static, T>: FromNapiValue,
    {
        if self.kind() != Kind::Object {
            return None;
        }
        // SAFETY: as in `ask`; the conversion checks the class and the type tag before it reads anything.
        let instance = unsafe { ClassInstance::<'static, T>::from_napi_value(self.env, self.value) };
        if instance.is_err() {
            clear_exception(self.env);
        }
        instance.ok()
    }

    /// What an external of ours holds: its type is checked.
    pub(crate) fn external<T: Clone + 'static>(self) -> Option<T> {
        // SAFETY: as in `ask`; the conversion checks that the external was made by us and holds a `T`.
        let external = unsafe { <&External<T>>::from_napi_value(self.env, self.value) };
        if external.is_err() {
            clear_exception(self.env);
        }
        external.ok().map(|external| T::clone(external))
    }

    /// Runs `work` and lets go of the handles it made: lists may be long.
    pub(crate) fn scope<T>(self, work: impl FnOnce() -> T) -> T {
        let scope = ask!(self.env, null_mut(), |out| sys::napi_open_handle_scope(self.env, &mut out));
        let done = work();
        if let Some(scope) = scope {
            // SAFETY: the scope was opened above and is the innermost.
            unsafe { sys::napi_close_handle_scope(self.env, scope) };
        }
        done
    }
}

/// Makes values.
#[derive(Clone, Copy)]
pub(crate) struct Make(sys::napi_env);

impl Make {
    pub(crate) fn of(env: Env) -> Self {
        Make(env.raw())
    }

    fn value(self, value: Option<sys::napi_value>) -> Result<Js, Fail> {
        value.map(|value| Js { env: self.0, value }).ok_or_else(|| Fail::internal("no value could be made"))
    }

    pub(crate) fn null(self) -> Result<Js, Fail> {
        self.value(ask!(self.0, null_mut(), |out| sys::napi_get_null(self.0, &mut out)))
    }

    pub(crate) fn array(self) -> Result<Js, Fail> {
        self.value(ask!(self.0, null_mut(), |out| sys::napi_create_array(self.0, &mut out)))
    }

    pub(crate) fn text(self, text: &str) -> Result<Js, Fail> {
        // The engine has no longer texts than 2^29: it refuses.
        let length = isize::try_from(text.len()).map_err(|_| Fail::internal("a text beyond all bounds"))?;
        self.value(ask!(self.0, null_mut(), |out| sys::napi_create_string_utf8(
            self.0,
            text.as_ptr().cast(),
            length,
            &mut out
        )))
    }

    pub(crate) fn bytes(self, bytes: &[u8]) -> Result<Js, Fail> {
        self.value(ask!(self.0, null_mut(), |out| sys::napi_create_buffer_copy(
            self.0,
            bytes.len(),
            bytes.as_ptr().cast::<c_void>(),
            null_mut(),
            &mut out
        )))
    }

    pub(crate) fn object(self, fields: &[(&'static str, Js)]) -> Result<Js, Fail> {
        let object = self.value(ask!(self.0, null_mut(), |out| sys::napi_create_object(self.0, &mut out)))?;
        for (name, value) in fields {
            let name = CString::new(*name).map_err(|_| Fail::internal("a name with a zero"))?;
            // SAFETY: as in `ask`.
            unsafe { sys::napi_set_named_property(self.0, object.value, name.as_ptr(), value.value) };
        }
        Ok(object)
    }
}
