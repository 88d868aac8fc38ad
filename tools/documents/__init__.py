"""`make documents`: writes what files say a second time, from where the code says it first."""
