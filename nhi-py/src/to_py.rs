//! Records of the core to plain Python data, without JSON text or values in between.

use std::fmt::Display;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use serde::{Serialize, Serializer, ser};

/// `record` as dict, list, str, int, float, bool or None: the same as its JSON form.
pub(crate) fn to_py<'py, T: Serialize + ?Sized>(py: Python<'py>, record: &T) -> PyResult<Bound<'py, PyAny>> {
    record.serialize(ToPy(py)).map_err(|Failed(error)| error)
}

#[derive(Clone, Copy)]
struct ToPy<'py>(Python<'py>);

/// An exception on its way through serde.
#[derive(Debug)]
struct Failed(PyErr);

impl std::error::Error for Failed {}

impl Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ser::Error for Failed {
    fn custom<T: Display>(text: T) -> Self {
        Failed(crate::error::raise("internal", &text.to_string()))
    }
}

impl From<PyErr> for Failed {
    fn from(error: PyErr) -> Self {
        Failed(error)
    }
}

impl<'py> ToPy<'py> {
    fn name(self, name: &'static str) -> Bound<'py, PyString> {
        PyString::intern(self.0, name)
    }

    /// What serde calls a variant with content: `{name: content}`.
    fn tagged(self, name: &'static str, content: Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>, Failed> {
        let out = PyDict::new(self.0);
        out.set_item(self.name(name), content)?;
        Ok(out.into_any())
    }
}

macro_rules! plain {
    ($($name:ident: $kind:ty),*) => {$(
        fn $name(self, value: $kind) -> Result<Self::Ok, Failed> {
            match value.into_pyobject(self.0) {
                Ok(object) => Ok(object.to_owned().into_any()),
                Err(error) => Err(Failed(error.into())),
            }
        }
    )*};
}

impl<'py> Serializer for ToPy<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Failed;
    type SerializeSeq = Items<'py>;
    type SerializeTuple = Items<'py>;
    type SerializeTupleStruct = Items<'py>;
    type SerializeTupleVariant = Items<'py>;
    type SerializeMap = Fields<'py>;
    type SerializeStruct = Fields<'py>;
    type SerializeStructVariant = Fields<'py>;

    plain!(serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_f32: f32, serialize_f64: f64, serialize_char: char, serialize_str: &str);

    fn serialize_bytes(self, value: &[u8]) -> Result<Self::Ok, Failed> {
        Ok(pyo3::types::PyBytes::new(self.0, value).into_any())
    }

    fn serialize_none(self) -> Result<Self::Ok, Failed> {
        Ok(self.0.None().into_bound(self.0))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Self::Ok, Failed> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Self::Ok, Failed> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Self::Ok, Failed> {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<Self::Ok, Failed> {
        Ok(self.name(name).into_any())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Self::Ok, Failed> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Self::Ok, Failed> {
        self.tagged(name, value.serialize(self)?)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items<'py>, Failed> {
        Ok(Items { py: self, items: Vec::with_capacity(length.unwrap_or(0)), variant: None })
    }

    fn serialize_tuple(self, length: usize) -> Result<Items<'py>, Failed> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Items<'py>, Failed> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Items<'py>, Failed> {
        Ok(Items { variant: Some(name), ..self.serialize_seq(Some(length))? })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields<'py>, Failed> {
        Ok(Fields { py: self, dict: PyDict::new(self.0), key: None, variant: None })
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Fields<'py>, Failed> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Fields<'py>, Failed> {
        Ok(Fields { variant: Some(name), ..self.serialize_map(Some(length))? })
    }
}

/// A list in the making.
struct Items<'py> {
    py: ToPy<'py>,
    items: Vec<Bound<'py, PyAny>>,
    variant: Option<&'static str>,
}

impl<'py> Items<'py> {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.items.push(value.serialize(self.py)?);
        Ok(())
    }

    fn done(self) -> Result<Bound<'py, PyAny>, Failed> {
        let list = PyList::new(self.py.0, self.items)?.into_any();
        self.variant.map_or(Ok(list.clone()), |name| self.py.tagged(name, list))
    }
}

macro_rules! items {
    ($($of:ident: $push:ident),*) => {$(
        impl<'py> ser::$of for Items<'py> {
            type Ok = Bound<'py, PyAny>;
            type Error = Failed;
            fn $push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
                self.push(value)
            }
            fn end(self) -> Result<Self::Ok, Failed> {
                self.done()
            }
        }
    )*};
}
items!(SerializeSeq: serialize_element, SerializeTuple: serialize_element, SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field);

/// A dict in the making.
struct Fields<'py> {
    py: ToPy<'py>,
    dict: Bound<'py, PyDict>,
    key: Option<Bound<'py, PyAny>>,
    variant: Option<&'static str>,
}

impl<'py> Fields<'py> {
    fn put<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Failed> {
        Ok(self.dict.set_item(self.py.name(name), value.serialize(self.py)?)?)
    }

    fn done(self) -> Result<Bound<'py, PyAny>, Failed> {
        let dict = self.dict.into_any();
        self.variant.map_or(Ok(dict.clone()), |name| self.py.tagged(name, dict))
    }
}

macro_rules! fields {
    ($($of:ident),*) => {$(
        impl<'py> ser::$of for Fields<'py> {
            type Ok = Bound<'py, PyAny>;
            type Error = Failed;
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Failed> {
                self.put(name, value)
            }
            fn end(self) -> Result<Self::Ok, Failed> {
                self.done()
            }
        }
    )*};
}
fields!(SerializeStruct, SerializeStructVariant);

impl<'py> ser::SerializeMap for Fields<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Failed;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failed> {
        let key = key.serialize(self.py)?;
        // JSON has texts for keys only; numbers become theirs.
        let is_text = key.cast::<PyString>().is_ok();
        self.key = Some(if is_text { key } else { key.str()?.into_any() });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        let Some(key) = self.key.take() else { return Ok(()) };
        Ok(self.dict.set_item(key, value.serialize(self.py)?)?)
    }

    fn end(self) -> Result<Self::Ok, Failed> {
        self.done()
    }
}
